// Dense layers of many weights, in training: all threads compute a layer for the whole batch, each for some units, or backward for some
// features. So weights are read once for all examples, where each shard would read all of them.
//
// Sums have the order that they have in a shard on its own: the bits are the same.
#pragma once

#include "dense.h"

namespace heddle {
namespace HEDDLE_ISA {

// Fewer weights than these stay in the cache of a thread for all of its shards.
constexpr int64_t SPAN_WEIGHTS = 1 << 16;
constexpr int SPAN_UNITS = 32;

inline bool dense_spans(const Op& op) { return op.output.has_gradient() && int64_t{op.units} * op.features >= SPAN_WEIGHTS; }

inline int dense_span_parts(const Op& op) { return dense_spans(op) ? (op.units + SPAN_UNITS - 1) / SPAN_UNITS : 0; }
inline int dense_span_gradient_parts(const Op& op) {
  return dense_spans(op) && op.inputs[0].has_gradient() ? (op.features + PANEL - 1) / PANEL : 0;
}

// A panel of features: the weights of all units.
inline int64_t dense_scratch_floats(const Op& op) { return dense_spans(op) ? int64_t{op.units} * PANEL : 0; }

inline void dense_span_forward(const Op& op, const Shard& s) {
  const int from = s.part * SPAN_UNITS, to = from + SPAN_UNITS < op.units ? from + SPAN_UNITS : op.units;
  dense_units(op, s.parameters, from, to, s.batch.count, [&](int n, const float** x, float** y) {
    float* arena = s.batch.arena(n);
    *x = arena + op.inputs[0].value + n % op.shard_size * int64_t{op.features};
    *y = arena + op.output.value + n % op.shard_size * int64_t{op.units};
  });
}

inline void dense_gather_gradients(const Op& op, const Shard& s) {
  through_activation(op, s.value(op.output), s.gradient(op.output), s.count * op.output.size);
}

inline void dense_span_input_gradient(const Op& op, const Shard& s) {
  const Batch& b = s.batch;
  const int feature = s.part * PANEL, lanes = op.features - feature < PANEL ? op.features - feature : PANEL;
  const auto place = [&](int n, int64_t at, int64_t size) { return b.arena(n) + at + n % op.shard_size * size; };
  const float* kernel = s.parameters + op.kernel + feature;
  for (int64_t u = 0; u < op.units; u++)
    for (int v = 0; v < lanes; v += W) store(s.scratch + u * PANEL + v, load_part(kernel + u * op.features + v, lanes - v));
  int example = 0;
  const auto next_row = [&] { return place(example++, op.output.gradient, op.units); };
  multiply(b.count, next_row, {1, 1, op.units, 0, 0}, s.scratch, PANEL, lanes, [&](int n, int v, vec sums, int here) {
    write(place(n, op.inputs[0].gradient, op.features) + feature + v, sums, here, op.inputs[0].accumulate);
  });
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
