// Normalisation of each row of channels. The twin of src/ops/layer-normalization.ts.
#pragma once

#include "elementwise.h"

namespace heddle {
namespace HEDDLE_ISA {

struct RowMoments {
  float mean, inverse;  // 1 / deviation

  RowMoments(const Op& op, const float* x) {
    // Divided, not multiplied by a rounded 1 / n: its error would have one sign in every row, and add up.
    const float count = static_cast<float>(op.units);
    vec total{}, squares{};
    for_vectors(op.units, [&](int64_t c, int lanes) { total += load_part(x + c, lanes); });
    mean = sum(total) / count;
    for_vectors(op.units, [&](int64_t c, int lanes) {
      const vec distance = first_lanes(load_part(x + c, lanes) - splat(mean), lanes);
      squares += distance * distance;
    });
    inverse = 1.f / std::sqrt(sum(squares) / count + op.epsilon);
  }

  vec normalized(vec x) const { return (x - splat(mean)) * splat(inverse); }
};

inline vec gamma_of(const Op& op, const Shard& s, int64_t channel, int lanes) {
  return op.kernel < 0 ? splat(1.f) : load_part(s.parameters + op.kernel + channel, lanes);
}

inline void layer_norm_forward(const Op& op, const Shard& s) {
  const Shard::Range part = s.share(s.count * op.output.size, op.units);
  for (int64_t row = part.from; row < part.to; row += op.units) {
    const float* x = s.value(op.inputs[0]) + row;
    float* y = s.value(op.output) + row;
    const RowMoments moments(op, x);
    for_vectors(op.units, [&](int64_t c, int lanes) {
      const vec beta = op.bias < 0 ? vec{} : load_part(s.parameters + op.bias + c, lanes);
      store_part(y + c, gamma_of(op, s, c, lanes) * moments.normalized(load_part(x + c, lanes)) + beta, lanes);
    });
  }
}

// Sums of one shard: the gradients of gamma, then those of beta.
inline int64_t layer_norm_partial_floats(const Op& op) { return op.learns() ? 2 * int64_t{op.units} : 0; }

// Adds a row's part to the sums of the shard.
inline void layer_norm_parameter_gradients(const Op& op, const RowMoments& moments, const float* x, const float* dy,
                                           float* sums) {
  float *gamma = sums, *beta = sums + op.units;
  for_vectors(op.units, [&](int64_t c, int lanes) {
    const vec gradient = load_part(dy + c, lanes);
    write(gamma + c, gradient * moments.normalized(load_part(x + c, lanes)), lanes, true);
    write(beta + c, gradient, lanes, true);
  });
}

inline void layer_norm_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  const float count = static_cast<float>(op.units);
  std::memset(s.partials, 0, layer_norm_partial_floats(op) * sizeof(float));
  for (int64_t row = 0; row < s.count * op.output.size; row += op.units) {
    const float *x = s.value(input) + row, *dy = s.gradient(op.output) + row;
    const RowMoments moments(op, x);
    if (op.learns()) layer_norm_parameter_gradients(op, moments, x, dy, s.partials);
    if (!input.has_gradient()) continue;
    const auto scaled = [&](int64_t c, int lanes) { return load_part(dy + c, lanes) * gamma_of(op, s, c, lanes); };
    vec total{}, product{};
    for_vectors(op.units, [&](int64_t c, int lanes) {
      const vec gradient = scaled(c, lanes);
      total += gradient;
      product += gradient * moments.normalized(load_part(x + c, lanes));
    });
    // How the row's own mean and variance move with x.
    const vec by_mean = splat(sum(total) / count), by_variance = splat(sum(product) / count);
    // A single channel is its own mean, and moves nothing: zero, and not the rounding of a difference.
    const vec slope = splat(op.units > 1 ? moments.inverse : 0.f);
    float* dx = s.gradient(input) + row;
    for_vectors(op.units, [&](int64_t c, int lanes) {
      const vec through = by_mean + moments.normalized(load_part(x + c, lanes)) * by_variance;
      write(dx + c, (scaled(c, lanes) - through) * slope, lanes, input.accumulate);
    });
  }
}

// Adds up the shards' sums, in their order.
inline void layer_norm_finish(const Op& op, const Batch& b, float* gradients, int from, int to) {
  const auto total = [&](int64_t at) {
    float sum = 0;
    for (int shard = 0; shard < b.shards; shard++) sum += b.partials[shard * b.partial_floats + at];
    return sum;
  };
  for (int unit = from; unit < to; unit++) {
    if (op.kernel >= 0) gradients[op.kernel + unit] = total(unit);
    if (op.bias >= 0) gradients[op.bias + unit] = total(int64_t{op.units} + unit);
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
