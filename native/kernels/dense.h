// Fully connected layers. The twin of src/ops/dense.ts.
//
// The kernel is stored [units, features], so that all three products run along the features without a transpose.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int DOT_UNITS = W >= 16 ? 4 : 2, DOT_EXAMPLES = 4;

// R examples times U units: sums of products along the features.
template <int R, int U>
inline void dot_tile(const Op& op, const float* x, const float* kernel, const float* bias, float* y) {
  vec sums[R][U] = {};
  for_vectors(op.features, [&](int64_t i, int lanes) {
    vec weights[U];
    for (int u = 0; u < U; u++) weights[u] = load_part(kernel + int64_t{u} * op.features + i, lanes);
    for (int r = 0; r < R; r++) {
      const vec numbers = load_part(x + int64_t{r} * op.features + i, lanes);
      for (int u = 0; u < U; u++) sums[r][u] += numbers * weights[u];
    }
  });
  for (int r = 0; r < R; r++)
    for (int u = 0; u < U; u++) y[int64_t{r} * op.units + u] = sum(sums[r][u]) + (bias ? bias[u] : 0.f);
}

// The pieces of a layer that parts share.
inline int64_t dense_pieces(const Op& op) { return op.units / DOT_UNITS; }

inline void dense_forward(const Op& op, const Shard& s) {
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  const float* kernel = s.parameters + op.kernel;
  const float* bias = op.bias < 0 ? nullptr : s.parameters + op.bias;
  const Shard::Range units = s.share(op.units, DOT_UNITS);
  for (int u = static_cast<int>(units.from); u < units.to;) {
    const bool block = u + DOT_UNITS <= units.to;
    const float* rows = kernel + int64_t{u} * op.features;
    const float* shift = bias ? bias + u : nullptr;
    for (int n = 0; n < s.count;) {
      const float* numbers = x + int64_t{n} * op.features;
      float* to = y + int64_t{n} * op.units + u;
      const bool examples = n + DOT_EXAMPLES <= s.count;
      if (block && examples) dot_tile<DOT_EXAMPLES, DOT_UNITS>(op, numbers, rows, shift, to);
      else if (block) dot_tile<1, DOT_UNITS>(op, numbers, rows, shift, to);
      else if (examples) dot_tile<DOT_EXAMPLES, 1>(op, numbers, rows, shift, to);
      else dot_tile<1, 1>(op, numbers, rows, shift, to);
      n += examples ? DOT_EXAMPLES : 1;
    }
    u += block ? DOT_UNITS : 1;
  }
  for (int n = 0; n < s.count; n++) {
    float* row = y + int64_t{n} * op.units + units.from;
    for_vectors(units.to - units.from, [&](int64_t i, int lanes) { store_part(row + i, activate(op, load_part(row + i, lanes)), lanes); });
  }
}

// The input's gradient; the kernel's is left to dense_finish, which sums over the whole batch at once.
inline void dense_backward(const Op& op, const Shard& s) {
  float* dy = s.gradient(op.output);
  through_activation(op, s.value(op.output), dy, s.count * op.output.size);
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const Taps taps{1, 1, op.units, 0, 0};
  float* dx = s.gradient(input);
  // The last panel may read past a row: into the next one, or into the padding behind all parameters.
  for (int i = 0; i < op.features; i += PANEL) {
    const int lanes = op.features - i < PANEL ? op.features - i : PANEL;
    const float* row = dy;
    const auto next_row = [&] {
      const float* at = row;
      row += op.units;
      return at;
    };
    multiply(s.count, next_row, taps, s.parameters + op.kernel + i, op.features, lanes,
             [&](int n, int v, vec sums, int here) {
               write(dx + int64_t{n} * op.features + i + v, sums, here, input.accumulate);
             });
  }
}

// Examples and units whose numbers are copied side by side: rows of the batch that are a power of two apart share few lines of the cache.
constexpr int OUTER_EXAMPLES = 64, OUTER_UNITS = 16;

// R units times V vectors of features: to[r * step + i] = Σ over the examples, or added to what is there.
template <int R, int V>
[[gnu::noinline]] void outer_tile(int examples, const float* x, const float* dy, int lanes, bool adds, float* to, int64_t step) {
  vec sums[R][V] = {};
  if (adds)
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) sums[r][v] = load_part(to + r * step + v * W, lanes - v * W);
  for (int n = 0; n < examples; n++, x += PANEL, dy += OUTER_UNITS) {
    vec numbers[V];
    for (int v = 0; v < V; v++) numbers[v] = load(x + v * W);
    for (int r = 0; r < R; r++) {
      const vec gradient = splat(dy[r]);
      for (int v = 0; v < V; v++) sums[r][v] += gradient * numbers[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store_part(to + r * step + v * W, sums[r][v], lanes - v * W);
}

template <int V, int R = ROWS>
inline void outer_tile_of(int units, int examples, const float* x, const float* dy, int lanes, bool adds, float* to, int64_t step) {
  if (units >= R) return outer_tile<R, V>(examples, x, dy, lanes, adds, to, step);
  if constexpr (R > 1) outer_tile_of<V, R - 1>(units, examples, x, dy, lanes, adds, to, step);
}

// Copies `count` numbers of each of some examples of the batch; a copy is `step` numbers long. `at`: their place in a shard's arena.
inline void copy_rows(const Batch& b, int first, int examples, int64_t at, int64_t size, int count, float* to, int step) {
  int in_shard = first % b.shard_size;
  const float* row = b.arenas + first / b.shard_size * b.arena_floats + at + in_shard * size;
  for (; examples > 0; examples--, to += step, row += size) {
    for_vectors(count, [&](int64_t i, int lanes) { store(to + i, load_part(row + i, lanes)); });
    if (++in_shard < b.shard_size) continue;
    in_shard = 0;
    row += b.arena_floats - b.shard_size * size;
  }
}

// The sums run over all examples in the order of the batch. `kernel`: where those of the unit `from` begin.
inline void dense_finish(const Op& op, const Batch& b, float* gradients, float* kernel, int from, int to) {
  alignas(64) float x[OUTER_EXAMPLES * PANEL], dy[OUTER_EXAMPLES * OUTER_UNITS];
  for (int unit = from; unit < to; unit += OUTER_UNITS)
    for (int first = 0; first < b.count; first += OUTER_EXAMPLES) {
      const int units = to - unit < OUTER_UNITS ? to - unit : OUTER_UNITS;
      const int examples = b.count - first < OUTER_EXAMPLES ? b.count - first : OUTER_EXAMPLES;
      copy_rows(b, first, examples, op.output.gradient + unit, op.units, units, dy, OUTER_UNITS);
      for (int feature = 0; feature < op.features; feature += PANEL) {
        const int lanes = op.features - feature < PANEL ? op.features - feature : PANEL;
        copy_rows(b, first, examples, op.inputs[0].value + feature, op.features, lanes, x, PANEL);
        for (int u = 0; u < units; u += ROWS) {
          float* sums = kernel + int64_t{unit - from + u} * op.features + feature;
          if (lanes > W)
            outer_tile_of<2>(units - u, examples, x, dy + u, lanes, first > 0, sums, op.features);
          else
            outer_tile_of<1>(units - u, examples, x, dy + u, lanes, first > 0, sums, op.features);
        }
      }
    }
  if (op.bias < 0) return;
  for (int unit = from; unit < to; unit++) {
    float total = 0;
    for (int n = 0; n < b.count; n++) {
      const float* arena = b.arenas + n / b.shard_size * b.arena_floats;
      total += arena[op.output.gradient + int64_t{n % b.shard_size} * op.units + unit];
    }
    gradients[op.bias + unit] = total;
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
