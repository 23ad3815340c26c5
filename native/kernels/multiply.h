// The inner kernel of convolutions and dense layers: rows of numbers times a panel of weights, a tile at a time.
//
// A tile holds ROWS x 2 vectors of sums in registers. Every step broadcasts one number of each row and multiplies
// it with two vectors of the panel, so 2 * ROWS multiply-adds cost ROWS + 2 loads: the FMA units are the limit.
// 6 x 2 fills the 16 registers of AVX2; AVX-512 has 32, and 8 x 2 already hides the latency of its FMAs.
#pragma once

#include "../simd.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int ROWS = W >= 16 ? 8 : W == 8 ? 6 : 4;
constexpr int PANEL = 2 * W;  // lanes of a full panel

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Panels of PANEL lanes, the last one narrower, `rows` long; this is where one begins.
inline int64_t panel_start(int64_t lane, int64_t rows) { return lane / PANEL * PANEL * rows; }
inline int64_t panel_lanes(int64_t lane, int64_t padded) {
  const int64_t left = padded - lane / PANEL * PANEL;
  return left < PANEL ? left : PANEL;
}

// The kernels of the units [from, to), of `rows` numbers each, into panels of lanes; those of a panel side by side, so that each line of it
// is written once.
inline void pack_panels(int64_t rows, int64_t padded, const float* kernels, float* panels, int from, int to) {
  for (int first = from; first < to;) {
    const int last = to < first / PANEL * PANEL + PANEL ? to : first / PANEL * PANEL + PANEL;
    float* panel = panels + panel_start(first, rows) + first % PANEL;
    const int64_t lanes = panel_lanes(first, padded);
    for (int64_t row = 0; row < rows; row++)
      for (int unit = first; unit < last; unit++) panel[row * lanes + unit - first] = kernels[unit * rows + row];
    first = last;
  }
}

// Where the numbers of a row are: `taps` runs of `length` consecutive ones, at row + t0 * step0 + t1 * step1.
struct Taps {
  int outer, inner, length;
  int64_t outer_step, inner_step;
};

// sums[r][v] += x[r][k] * panel[v]
template <int R, int V>
[[gnu::always_inline]] inline void add_products(const float* const* x, int k, const float* panel, vec (&sums)[R][V]) {
  vec w[V];
  for (int v = 0; v < V; v++) w[v] = load(panel + v * W);
  for (int r = 0; r < R; r++) {
    const vec number = splat(x[r][k]);
    for (int v = 0; v < V; v++) sums[r][v] += number * w[v];
  }
}

// Stores the sums of the vector `v` of a panel out of their registers.
struct StoreSums {
  void operator()(float* to, vec sums, int) const { store(to, sums); }
};

// R rows times V vectors of a panel: to[r * step + lane]. A function of its own, as what else is done with the sums would take registers from them.
template <int R, int V, typename End>
[[gnu::noinline]] void tile(const float* const* rows, const Taps& taps, const float* panel, int64_t panel_step, float* to,
                            int64_t step, const End& end) {
  vec sums[R][V] = {};
  for (int outer = 0; outer < taps.outer; outer++) {
    for (int inner = 0; inner < taps.inner; inner++) {
      const int64_t offset = outer * taps.outer_step + inner * taps.inner_step;
      const float* x[R];
      for (int r = 0; r < R; r++) x[r] = rows[r] + offset;
      for (int k = 0; k < taps.length; k++, panel += panel_step) add_products(x, k, panel, sums);
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) end(to + r * step + v * W, sums[r][v], v);
}

template <int V, int R = ROWS, typename End = StoreSums>
inline void tile_of(int rows_left, const float* const* rows, const Taps& taps, const float* panel, int64_t panel_step, float* to,
                    int64_t step, const End& end = {}) {
  if (rows_left >= R) return tile<R, V>(rows, taps, panel, panel_step, to, step, end);
  if constexpr (R > 1) tile_of<V, R - 1>(rows_left, rows, taps, panel, panel_step, to, step, end);
}

// visit(first, rows, their number) for some rows at a time; next_row() gives them one after the other. Their numbers are about equal:
// one row on its own would wait for its sums.
template <typename NextRow, typename Visit>
inline void for_tiles(int count, NextRow next_row, Visit visit) {
  const int tiles = (count + ROWS - 1) / ROWS;
  for (int i = 0, first = 0; i < tiles; i++) {
    const int here = (count - first + tiles - i - 1) / (tiles - i);
    const float* rows[ROWS];
    for (int r = 0; r < here; r++) rows[r] = next_row();
    visit(first, rows, here);
    first += here;
  }
}

// The lines of R rows that are written next, fetched while a tile is computed: a store that has to wait for its line holds up those behind it, and
// rows far apart are no stream that the processor foresees.
inline void foresee(const float* to, int rows, int64_t step, int lanes) {
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < lanes; v += W) __builtin_prefetch(to + r * step + v, 1);
}

// Every row times the panel of `lanes` columns, as whole vectors: to[row * step + column].
template <typename NextRow, typename End = StoreSums>
inline void multiply(int count, NextRow next_row, const Taps& taps, const float* panel, int64_t panel_step, int lanes, float* to,
                     int64_t step, const End& end = {}) {
  for_tiles(count, next_row, [&](int first, const float* const* rows, int here) {
    float* sums = to + first * step;
    foresee(sums + here * step, here, step, lanes);
    if (lanes > W)
      tile_of<2>(here, rows, taps, panel, panel_step, sums, step, end);
    else
      tile_of<1>(here, rows, taps, panel, panel_step, sums, step, end);
  });
}

// The same, but store(row, column, sums, lanes) takes the sums of up to W columns.
template <typename NextRow, typename Store>
inline void multiply(int count, NextRow next_row, const Taps& taps, const float* panel, int64_t panel_step, int lanes, Store store) {
  for_tiles(count, next_row, [&](int first, const float* const* rows, int here) {
    alignas(W * sizeof(float)) float sums[ROWS * PANEL];
    if (lanes > W)
      tile_of<2>(here, rows, taps, panel, panel_step, sums, PANEL);
    else
      tile_of<1>(here, rows, taps, panel, panel_step, sums, PANEL);
    for (int r = 0; r < here; r++)
      for (int v = 0; v < lanes; v += W) store(first + r, v, load(sums + r * PANEL + v), lanes - v);
  });
}

// R rows of `length` numbers at a time, which lie one after the other as their sums do: to[row * V * W + lane]. All of them in one call: where
// rows are short, a call for each tile with a list of its rows takes as long as its products.
template <int R, int V>
[[gnu::noinline]] void rows_tile(int count, const float* x, int length, const float* panel, float* to) {
  for (; count >= R; count -= R, x += int64_t{R} * length, to += R * V * W) {
    vec sums[R][V] = {};
    const float *at[R], *weights = panel;
    for (int r = 0; r < R; r++) at[r] = x + int64_t{r} * length;
    for (int k = 0; k < length; k++, weights += V * W) add_products(at, k, weights, sums);
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) store(to + (r * V + v) * W, sums[r][v]);
  }
}

template <int V, int R = ROWS>
inline void rows_tile_of(int count, const float* x, int length, const float* panel, float* to) {
  const int whole = count / R * R;
  if (whole > 0) rows_tile<R, V>(whole, x, length, panel, to);
  if constexpr (R > 1)
    if (count > whole) rows_tile_of<V, R - 1>(count - whole, x + int64_t{whole} * length, length, panel, to + whole * V * W);
}

// The same as above for such rows, and a panel of `width` lanes.
inline void multiply_rows(int count, const float* x, int length, const float* panel, int64_t width, float* to) {
  if (width > W) return rows_tile_of<2>(count, x, length, panel, to);
  rows_tile_of<1>(count, x, length, panel, to);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
