// Batch normalisation. The twin of src/ops/batch-normalization.ts.
//
// In training its statistics are those of the whole batch, and so are two sums of its gradient. Each shard leaves its part in
// its partials; once all shards have, each reads the parts of all in their order, and every one gets the same sums.
#pragma once

#include "elementwise.h"

namespace heddle {
namespace HEDDLE_ISA {

// A shard's partials: rows of one number per channel.
enum Partial { MEAN, SQUARES, DY, DY_X, PARTIALS };

inline int64_t batch_norm_partial_floats(const Op& op) { return int64_t{PARTIALS} * op.channels[0]; }

inline int64_t rows_of(const Op& op, int examples) { return examples * op.output.size / op.channels[0]; }

// to[c] = sum over rows of term(position, channel, lanes), in blocks that stay in the first cache.
template <typename Term>
inline void sum_rows(int64_t rows, int channels, float* to, Term term) {
  constexpr int64_t BLOCK = 32;
  std::memset(to, 0, channels * sizeof(float));
  for (int64_t from = 0; from < rows; from += BLOCK) {
    const int64_t end = from + BLOCK < rows ? from + BLOCK : rows;
    for_vectors(channels, [&](int64_t c, int lanes) {
      vec part{};
      for (int64_t row = from; row < end; row++) part += term(row * channels + c, c, lanes);
      store_part(to + c, load_part(to + c, lanes) + part, lanes);
    });
  }
}

// The shard's mean and its sum of squared deviations from it.
inline void batch_norm_gather(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  const int channels = op.channels[0];
  const int64_t rows = rows_of(op, s.count);
  float *mean = s.partials + MEAN * channels, *squares = s.partials + SQUARES * channels;
  sum_rows(rows, channels, mean, [&](int64_t i, int64_t, int lanes) { return load_part(x + i, lanes); });
  for (int c = 0; c < channels; c++) mean[c] /= static_cast<float>(rows);
  sum_rows(rows, channels, squares, [&](int64_t i, int64_t c, int lanes) {
    const vec d = load_part(x + i, lanes) - load_part(mean + c, lanes);
    return d * d;
  });
}

struct Moments {
  float mean, variance;
};

// Of a channel over the whole batch (Chan et al., 1979).
inline Moments batch_moments(const Op& op, const Batch& b, int channel) {
  const auto part = [&](int shard, int row) { return b.part(shard)[row * op.channels[0] + channel]; };
  const double rows = static_cast<double>(rows_of(op, b.count));
  double mean = 0, squares = 0;
  for (int shard = 0; shard < b.shards; shard++)
    mean += static_cast<double>(rows_of(op, b.examples(shard))) / rows * part(shard, MEAN);
  for (int shard = 0; shard < b.shards; shard++) {
    const double away = part(shard, MEAN) - mean;
    squares += part(shard, SQUARES) + static_cast<double>(rows_of(op, b.examples(shard))) * away * away;
  }
  return {static_cast<float>(mean), static_cast<float>(squares / rows)};
}

inline float batch_sum(const Op& op, const Batch& b, int row, int channel) {
  float sum = 0;
  for (int shard = 0; shard < b.shards; shard++) sum += b.part(shard)[row * op.channels[0] + channel];
  return sum;
}

// y = (x - mean) * factor + shift, for each channel: three rows of scratch.
struct Normalizer {
  float *mean, *factor, *deviation;  // deviation is 1 / sqrt(variance + epsilon), factor is gamma times that
};

inline int64_t batch_norm_scratch_floats(const Op& op) { return int64_t{5} * op.channels[0]; }

inline Normalizer normalizer(const Op& op, const Shard& s) {
  const int channels = op.channels[0];
  const Normalizer n = {s.scratch, s.scratch + channels, s.scratch + 2 * channels};
  for (int c = 0; c < channels; c++) {
    const Moments moments = s.training ? batch_moments(op, s.batch, c)
                                       : Moments{s.parameters[op.moving_mean + c], s.parameters[op.moving_variance + c]};
    n.mean[c] = moments.mean;
    n.deviation[c] = 1.f / std::sqrt(moments.variance + op.epsilon);
    n.factor[c] = n.deviation[c] * (op.kernel < 0 ? 1.f : s.parameters[op.kernel + c]);
  }
  return n;
}

inline void batch_norm_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  const Normalizer n = normalizer(op, s);
  const float* beta = op.bias < 0 ? nullptr : s.parameters + op.bias;
  const int channels = op.channels[0];
  for (int64_t row = 0, at = 0; row < rows_of(op, s.count); row++, at += channels)
    for_vectors(channels, [&](int64_t c, int lanes) {
      vec v = (load_part(x + at + c, lanes) - load_part(n.mean + c, lanes)) * load_part(n.factor + c, lanes);
      if (beta) v += load_part(beta + c, lanes);
      store_part(y + at + c, v, lanes);
    });
}

// The sums of the gradient, and of the gradient times the normalised input.
inline void batch_norm_gather_gradients(const Op& op, const Shard& s) {
  const float *x = s.value(op.inputs[0]), *dy = s.gradient(op.output);
  const Normalizer n = normalizer(op, s);
  const int channels = op.channels[0];
  const int64_t rows = rows_of(op, s.count);
  sum_rows(rows, channels, s.partials + DY * channels,
           [&](int64_t i, int64_t, int lanes) { return load_part(dy + i, lanes); });
  sum_rows(rows, channels, s.partials + DY_X * channels, [&](int64_t i, int64_t c, int lanes) {
    return load_part(dy + i, lanes) * (load_part(x + i, lanes) - load_part(n.mean + c, lanes)) *
           load_part(n.deviation + c, lanes);
  });
}

inline void batch_norm_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const float *x = s.value(input), *dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  const Normalizer n = normalizer(op, s);
  const int channels = op.channels[0];
  const float rows = static_cast<float>(rows_of(op, s.batch.count));
  // How the batch's own mean and variance move with x.
  float *shift = s.scratch + 3 * channels, *slope = s.scratch + 4 * channels;
  for (int c = 0; c < channels; c++) {
    shift[c] = batch_sum(op, s.batch, DY, c) / rows;
    slope[c] = batch_sum(op, s.batch, DY_X, c) / rows * n.deviation[c];
  }
  for (int64_t row = 0, at = 0; row < rows_of(op, s.count); row++, at += channels)
    for_vectors(channels, [&](int64_t c, int lanes) {
      const vec through = load_part(shift + c, lanes) +
                          load_part(slope + c, lanes) * (load_part(x + at + c, lanes) - load_part(n.mean + c, lanes));
      write(dx + at + c, (load_part(dy + at + c, lanes) - through) * load_part(n.factor + c, lanes), lanes,
            input.accumulate);
    });
}

inline void batch_norm_finish(const Op& op, const Batch& b, float* gradients, int from, int to) {
  for (int c = from; c < to; c++) {
    if (op.kernel >= 0) gradients[op.kernel + c] = batch_sum(op, b, DY_X, c);
    if (op.bias >= 0) gradients[op.bias + c] = batch_sum(op, b, DY, c);
  }
}

// The moving statistics follow those of the batch.
inline void batch_norm_settle(const Op& op, const Batch& b, float* parameters, int from, int to) {
  const int64_t rows = rows_of(op, b.count);
  const float correction = op.bessel ? static_cast<float>(rows) / static_cast<float>(rows > 1 ? rows - 1 : 1) : 1.f;
  for (int c = from; c < to; c++) {
    const Moments moments = batch_moments(op, b, c);
    float &mean = parameters[op.moving_mean + c], &variance = parameters[op.moving_variance + c];
    mean += (moments.mean - mean) * op.momentum_rest;
    variance += (moments.variance * correction - variance) * op.momentum_rest;
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
