// Fully connected layers. The twin of src/ops/dense.ts.
//
// The kernel is stored [units, features], so that all three products run along the features without a transpose.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

// As many sums as a vector has lanes, or a multiple of that.
constexpr int DOT_UNITS = W >= 16 ? 4 : 2, DOT_EXAMPLES = 4;

// Features that are multiplied before the next ones, so that those of a few units stay in the first cache for all examples, and examples
// whose sums wait for the next features.
constexpr int DOT_FEATURES = 1024, DOT_WAITING = 64;

// R examples times U units: sums of products along some features, on top of those that wait. The last of them go to y.
template <int R, int U>
[[gnu::noinline]] void dot_tile(const float* const* x, const float* kernel, int64_t features, int first, const float* bias, vec* waiting,
                                float* const* y) {
  const int64_t count = features - first < DOT_FEATURES ? features - first : DOT_FEATURES;
  vec sums[R * U];
  for (int i = 0; i < R * U; i++) sums[i] = first == 0 ? vec{} : waiting[i];
  const float* rows[R];
  for (int r = 0; r < R; r++) rows[r] = x[r] + first;
  kernel += first;
  for_vectors(count, [&](int64_t i, int lanes) {
    vec weights[U];
    for (int u = 0; u < U; u++) weights[u] = load_part(kernel + u * features + i, lanes);
    for (int r = 0; r < R; r++) {
      const vec numbers = load_part(rows[r] + i, lanes);
      for (int u = 0; u < U; u++) sums[r * U + u] += numbers * weights[u];
    }
  });
  if (first + count < features) {
    for (int i = 0; i < R * U; i++) waiting[i] = sums[i];
    return;
  }
  alignas(W * sizeof(float)) float totals[R * U];
  if constexpr (R * U % W == 0)
    for (int i = 0; i < R * U; i += W) store(totals + i, sums_of(sums + i));
  else
    for (int i = 0; i < R * U; i++) totals[i] = sum(sums[i]);
  const vec shift = bias ? load_part(bias, U) : vec{};
  for (int r = 0; r < R; r++) store_part(y[r], load_part(totals + r * U, U) + shift, U);
}

template <int U, int R = DOT_EXAMPLES>
inline void dot_tile_of(int examples, const float* const* x, const float* kernel, int64_t features, int first, const float* bias, vec* waiting,
                        float* const* y) {
  if (examples >= R) return dot_tile<R, U>(x, kernel, features, first, bias, waiting, y);
  if constexpr (R > 1) dot_tile_of<U, 1>(1, x, kernel, features, first, bias, waiting, y);
}

// The units [from, to) of some examples: those at x, one row of numbers for each, to their outputs at y.
inline void dense_rows(const Op& op, const float* parameters, int from, int to, int count, const float* const* x, float* const* y) {
  alignas(W * sizeof(float)) vec waiting[DOT_WAITING * DOT_UNITS];
  const float *kernel = parameters + op.kernel, *bias = op.bias < 0 ? nullptr : parameters + op.bias;
  for (int u = from; u < to;) {
    const bool block = u + DOT_UNITS <= to;
    for (int first = 0; first < op.features; first += DOT_FEATURES)
      for (int n = 0; n < count;) {
        const int here = count - n >= DOT_EXAMPLES ? DOT_EXAMPLES : 1;
        float* outputs[DOT_EXAMPLES];
        for (int r = 0; r < here; r++) outputs[r] = y[n + r] + u;
        const auto tile = block ? dot_tile_of<DOT_UNITS> : dot_tile_of<1>;
        tile(here, x + n, kernel + int64_t{u} * op.features, op.features, first, bias ? bias + u : nullptr, waiting + n * DOT_UNITS, outputs);
        n += here;
      }
    u += block ? DOT_UNITS : 1;
  }
  for (int n = 0; n < count; n++) activate_all(op, y[n] + from, to - from);
}

// The units [from, to) of `count` examples; at(n, &x, &y) gives the rows of the n-th.
template <typename At>
inline void dense_units(const Op& op, const float* parameters, int from, int to, int count, At at) {
  for (int first = 0; first < count; first += DOT_WAITING) {
    const int here = count - first < DOT_WAITING ? count - first : DOT_WAITING;
    const float* x[DOT_WAITING];
    float* y[DOT_WAITING];
    for (int n = 0; n < here; n++) at(first + n, &x[n], &y[n]);
    dense_rows(op, parameters, from, to, here, x, y);
  }
}

// The pieces of a layer that parts share.
inline int64_t dense_pieces(const Op& op) { return op.units / DOT_UNITS; }

inline void dense_forward(const Op& op, const Shard& s) {
  const Shard::Range units = s.share(op.units, DOT_UNITS);
  dense_units(op, s.parameters, static_cast<int>(units.from), static_cast<int>(units.to), s.count, [&](int n, const float** x, float** y) {
    *x = s.value(op.inputs[0]) + int64_t{n} * op.features;
    *y = s.value(op.output) + int64_t{n} * op.units;
  });
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
constexpr int OUTER_EXAMPLES = 64, OUTER_UNITS = 32;

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
