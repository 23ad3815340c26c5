// Batch normalisation. The twin of src/ops/batch-normalization.ts. A second input, if there is one, is added before the activation.
//
// In training its statistics are those of the whole batch, and so are two sums of its gradient. Each shard leaves its part in
// its partials; once all shards have, each reads the parts of all in their order, and every one gets the same sums.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

// A shard's partials: rows of one number per channel.
enum Partial { MEAN, SQUARES, DY, DY_X, PARTIALS };

constexpr int MOMENTS = 64;  // channels whose moments are computed at once

inline int64_t batch_norm_partial_floats(const Op& op) { return int64_t{PARTIALS} * op.channels[0]; }

inline int64_t rows_of(const Op& op, int examples) { return examples * op.output.size / op.channels[0]; }

// N sums over rows for each channel c, to[k * channels + c]: add(position, channel, lanes, sums) adds what a row has. In blocks that
// stay in the first cache.
template <int N, typename Add>
inline void sum_rows(int64_t rows, int channels, float* to, Add add) {
  constexpr int64_t BLOCK = 32;
  std::memset(to, 0, N * channels * sizeof(float));
  for (int64_t from = 0; from < rows; from += BLOCK) {
    const int64_t end = from + BLOCK < rows ? from + BLOCK : rows;
    for_vectors(channels, [&](int64_t c, int lanes) {
      vec parts[N] = {};
      for (int64_t row = from; row < end; row++) add(row * channels + c, c, lanes, parts);
      for (int k = 0; k < N; k++) {
        float* sum = to + int64_t{k} * channels + c;
        store_part(sum, load_part(sum, lanes) + parts[k], lanes);
      }
    });
  }
}

// The shard's mean and its sum of squared deviations from it. Rows are read from memory once: those of a block are in the first cache
// when their deviations are summed, and the moments of blocks are joined (Chan et al., 1979).
inline void batch_norm_gather(const Op& op, const Shard& s) {
  constexpr int64_t BLOCK = 32;
  const float* x = s.value(op.inputs[0]);
  const int channels = op.channels[0];
  const int64_t rows = rows_of(op, s.count);
  float *sums = s.partials + MEAN * channels, *squares = s.partials + SQUARES * channels;
  for (int64_t from = 0; from < rows; from += BLOCK) {
    const int64_t end = from + BLOCK < rows ? from + BLOCK : rows;
    const float here = static_cast<float>(end - from), before = static_cast<float>(from);
    const vec weight = splat(before * here / static_cast<float>(end));
    for_vectors(channels, [&](int64_t c, int lanes) {
      vec total{}, square{};
      for (int64_t row = from; row < end; row++) total += load_part(x + row * channels + c, lanes);
      const vec mean = total / splat(here);
      for (int64_t row = from; row < end; row++) {
        const vec away = load_part(x + row * channels + c, lanes) - mean;
        square += away * away;
      }
      if (from > 0) {
        const vec sum = load_part(sums + c, lanes), apart = mean - sum / splat(before);
        total += sum;
        square += load_part(squares + c, lanes) + apart * apart * weight;
      }
      store_part(sums + c, total, lanes);
      store_part(squares + c, square, lanes);
    });
  }
  for (int c = 0; c < channels; c++) sums[c] /= static_cast<float>(rows);
}

// The moments of channels [from, to) over the whole batch, as doubles (Chan et al., 1979). Channels run innermost: they are the vectors.
struct Moments {
  double mean[MOMENTS], variance[MOMENTS];
};

inline Moments batch_moments(const Op& op, const Batch& b, int from, int to) {
  Moments m = {};
  const double rows = static_cast<double>(rows_of(op, b.count));
  for (int shard = 0; shard < b.shards; shard++) {
    const double share = static_cast<double>(rows_of(op, b.examples(shard))) / rows;
    const float* mean = b.part(shard) + MEAN * op.channels[0] + from;
    for (int c = 0; c < to - from; c++) m.mean[c] += share * mean[c];
  }
  for (int shard = 0; shard < b.shards; shard++) {
    const double count = static_cast<double>(rows_of(op, b.examples(shard)));
    const float* mean = b.part(shard) + MEAN * op.channels[0] + from;
    const float* squares = b.part(shard) + SQUARES * op.channels[0] + from;
    for (int c = 0; c < to - from; c++) {
      const double away = mean[c] - m.mean[c];
      m.variance[c] += squares[c] + count * away * away;
    }
  }
  for (int c = 0; c < to - from; c++) m.variance[c] /= rows;
  return m;
}

// to[c] = a row of partials, summed over the shards in their order; channels [from, to).
inline void batch_sums(const Op& op, const Batch& b, int row, int from, int to, float* sums) {
  std::memset(sums, 0, (to - from) * sizeof(float));
  for (int shard = 0; shard < b.shards; shard++) {
    const float* part = b.part(shard) + row * op.channels[0] + from;
    for (int c = 0; c < to - from; c++) sums[c] += part[c];
  }
}

// Constants of some channels.
struct NormalizerPart {
  vec mean, factor, deviation, beta;

  vec apply(vec x) const { return (x - mean) * factor + beta; }
};

// y = (x - mean) * factor + beta, for each channel: rows of scratch.
struct Normalizer {
  float *mean, *factor, *deviation, *beta;  // deviation is 1 / sqrt(variance + epsilon), factor is gamma times that

  NormalizerPart at(int64_t c, int lanes) const {
    return {load_part(mean + c, lanes), load_part(factor + c, lanes), load_part(deviation + c, lanes), load_part(beta + c, lanes)};
  }
};

// visit(i, c, lanes) for the numbers of all rows in their order, which memory is fastest with.
template <typename Visit>
inline void for_rows(int64_t rows, int channels, Visit visit) {
  for (int64_t row = 0, at = 0; row < rows; row++, at += channels)
    for_vectors(channels, [&](int64_t c, int lanes) { visit(at + c, c, lanes); });
}

inline int64_t batch_norm_scratch_floats(const Op& op) { return int64_t{6} * op.channels[0]; }

inline Normalizer normalizer(const Op& op, const Shard& s) {
  const int channels = op.channels[0];
  const Normalizer n = {s.scratch, s.scratch + channels, s.scratch + 2 * channels, s.scratch + 3 * channels};
  if (s.training) {
    for (int from = 0; from < channels; from += MOMENTS) {
      const int to = from + MOMENTS < channels ? from + MOMENTS : channels;
      const Moments moments = batch_moments(op, s.batch, from, to);
      for (int c = from; c < to; c++) {
        n.mean[c] = static_cast<float>(moments.mean[c - from]);
        n.deviation[c] = static_cast<float>(moments.variance[c - from]);
      }
    }
  } else {
    std::memcpy(n.mean, s.parameters + op.moving_mean, channels * sizeof(float));
    std::memcpy(n.deviation, s.parameters + op.moving_variance, channels * sizeof(float));
  }
  if (op.bias < 0)
    std::memset(n.beta, 0, channels * sizeof(float));
  else
    std::memcpy(n.beta, s.parameters + op.bias, channels * sizeof(float));
  for_vectors(channels, [&](int64_t c, int lanes) {
    const vec deviation = splat(1.f) / sqrt(load_part(n.deviation + c, lanes) + splat(op.epsilon));
    store_part(n.deviation + c, deviation, lanes);
    store_part(n.factor + c, op.kernel < 0 ? deviation : deviation * load_part(s.parameters + op.kernel + c, lanes), lanes);
  });
  return n;
}

template <bool ADDS, bool BOUNDS>
inline void normalize(const Op& op, const Shard& s, const Ending<BOUNDS>& ending) {
  const float *x = s.value(op.inputs[0]), *added = ADDS ? s.value(op.inputs[1]) : nullptr;
  float* y = s.value(op.output);
  const Normalizer n = normalizer(op, s);
  for_rows(rows_of(op, s.count), op.channels[0], [&](int64_t i, int64_t c, int lanes) {
    vec value = n.at(c, lanes).apply(load_part(x + i, lanes));
    if constexpr (ADDS) value += load_part(added + i, lanes);
    store_part(y + i, ending(value), lanes);
  });
}

inline void batch_norm_forward(const Op& op, const Shard& s) {
  with_ending(op, [&](auto ending) {
    if (op.inputs.size() > 1) return normalize<true>(op, s, ending);
    normalize<false>(op, s, ending);
  });
}

// A fused activation passes on what lies between two bounds, and stops the rest. Its output is not read for its gradient: to compute
// it again costs less. Behind a sum `batch_norm_split_gradient` has been there.
struct Band {
  bool all;
  vec low, high;

  explicit Band(const Op& op)
      : all(op.activation == Activation::linear || op.inputs.size() > 1),
        low(splat(op.activation == Activation::relu ? 0.f : op.relu_threshold)),
        high(splat(op.activation == Activation::relu ? INFINITY : op.limit)) {}

  vec gradient(vec x, vec dy) const { return all ? dy : ((x > low) & (x < high)) ? dy : vec{}; }
};

// The gradient before the activation takes the place of dy, and is that of what was added.
inline void batch_norm_split_gradient(const Op& op, const Shard& s) {
  const float* y = s.value(op.output);
  const Operand& added = op.inputs[1];
  float *dy = s.gradient(op.output), *to = added.has_gradient() ? s.gradient(added) : dy;
  if (op.activation == Activation::linear && to == dy) return;
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    const vec gradient = entering_gradient(op, y, dy, i, lanes);
    store_part(dy + i, gradient, lanes);
    if (to != dy) write(to + i, gradient, lanes, added.accumulate);
  });
}

// The sums of the gradient, and of the gradient times the normalised input.
inline void batch_norm_gather_gradients(const Op& op, const Shard& s) {
  static_assert(DY_X == DY + 1, "both sums are written at once");
  if (op.inputs.size() > 1) batch_norm_split_gradient(op, s);
  const float *x = s.value(op.inputs[0]), *dy = s.gradient(op.output);
  const Normalizer n = normalizer(op, s);
  const Band band(op);
  const int channels = op.channels[0];
  sum_rows<2>(rows_of(op, s.count), channels, s.partials + DY * channels, [&](int64_t i, int64_t c, int lanes, vec* sums) {
    const NormalizerPart part = n.at(c, lanes);
    const vec number = load_part(x + i, lanes), gradient = band.gradient(part.apply(number), load_part(dy + i, lanes));
    sums[0] += gradient;
    sums[1] += gradient * (number - part.mean) * part.deviation;
  });
}

inline void batch_norm_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float *x = s.value(input), *dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  const Normalizer n = normalizer(op, s);
  const Band band(op);
  const int channels = op.channels[0];
  const float rows = static_cast<float>(rows_of(op, s.batch.count));
  // How the batch's own mean and variance move with x.
  float *shift = s.scratch + 4 * channels, *slope = s.scratch + 5 * channels;
  if (s.training) {
    batch_sums(op, s.batch, DY, 0, channels, shift);
    batch_sums(op, s.batch, DY_X, 0, channels, slope);
  } else {
    std::memset(shift, 0, 2 * channels * sizeof(float));
  }
  for (int c = 0; c < channels; c++) {
    shift[c] /= rows;
    slope[c] *= n.deviation[c] / rows;
  }
  for_rows(rows_of(op, s.count), channels, [&](int64_t i, int64_t c, int lanes) {
    const NormalizerPart part = n.at(c, lanes);
    const vec number = load_part(x + i, lanes), gradient = band.gradient(part.apply(number), load_part(dy + i, lanes));
    const vec through = load_part(shift + c, lanes) + load_part(slope + c, lanes) * (number - part.mean);
    write(dx + i, (gradient - through) * part.factor, lanes, input.accumulate);
  });
}

inline void batch_norm_finish(const Op& op, const Batch& b, float* gradients, int from, int to) {
  if (op.kernel >= 0) batch_sums(op, b, DY_X, from, to, gradients + op.kernel + from);
  if (op.bias >= 0) batch_sums(op, b, DY, from, to, gradients + op.bias + from);
}

// The moving statistics follow those of the batch.
inline void batch_norm_settle(const Op& op, const Batch& b, float* parameters, int from, int to) {
  const int64_t rows = rows_of(op, b.count);
  const float correction = op.bessel ? static_cast<float>(rows) / static_cast<float>(rows > 1 ? rows - 1 : 1) : 1.f;
  for (int first = from; first < to; first += MOMENTS) {
    const int last = first + MOMENTS < to ? first + MOMENTS : to;
    const Moments moments = batch_moments(op, b, first, last);
    for (int c = first; c < last; c++) {
      float &mean = parameters[op.moving_mean + c], &variance = parameters[op.moving_variance + c];
      mean += (static_cast<float>(moments.mean[c - first]) - mean) * op.momentum_rest;
      variance += (static_cast<float>(moments.variance[c - first]) * correction - variance) * op.momentum_rest;
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
