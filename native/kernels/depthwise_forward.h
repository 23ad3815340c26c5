// The outputs of a depthwise convolution: see depthwise.h.
//
// Without pooling, a vector of filters goes over its whole image before the next one, as its lines of the cache are its own: each is
// fetched once and serves all rows of the window from the first cache. A number of a row is loaded once for all taps and outputs that
// read it. There is no copy with a padding: taps beside the image read zeros, and rows of taps above and below it are left out.
#pragma once

#include "depthwise.h"

namespace heddle {
namespace HEDDLE_ISA {

alignas(W * sizeof(float)) constexpr float BESIDE[W] = {};

// totals[k] = Σ over the taps, of C outputs side by side; the first one's window begins at `column` of an image of that width. EDGE: a part of
// the windows may lie beside it.
template <int WIDTH, int STRIDE, int C, bool EDGE>
inline void sum_row(const TapGrid& grid, const float* row, int column, int width, int64_t filter, vec* totals) {
  for (int k = 0; k < C; k++) totals[k] = vec{};
  const float* weights = grid.weights + filter;
  for (int u = 0; u < grid.down; u++, row += grid.line, weights += grid.weights_line) {
    vec weight[WIDTH];
    for (int v = 0; v < WIDTH; v++) weight[v] = load(weights + v * grid.weights_pixel);
#pragma GCC unroll 32
    for (int c = 0; c < (C - 1) * STRIDE + WIDTH; c++) {
      const bool beside = EDGE && (column + c < 0 || column + c >= width);
      const vec number = load(beside ? BESIDE : row + int64_t{column + c} * grid.pixel);
#pragma GCC unroll 8
      for (int v = 0; v < WIDTH; v++)
        if (c >= v && (c - v) % STRIDE == 0 && (c - v) / STRIDE < C) totals[(c - v) / STRIDE] += number * weight[v];
    }
  }
}

// visit(output, sums) for the outputs [j, count) of a row.
template <int WIDTH, int STRIDE, int C = COLUMNS, typename Visit>
inline void for_row_sums(int j, int count, const TapGrid& grid, const float* row, int left, int width, int64_t filter, Visit visit) {
  for (; count - j >= C; j += C) {
    vec totals[C];
    const int column = j * STRIDE - left;
    if (column < 0 || column + (C - 1) * STRIDE + WIDTH > width)
      sum_row<WIDTH, STRIDE, C, true>(grid, row, column, width, filter, totals);
    else
      sum_row<WIDTH, STRIDE, C, false>(grid, row, column, width, filter, totals);
    for (int k = 0; k < C; k++) visit(j + k, totals[k]);
  }
  if constexpr (C > 1) for_row_sums<WIDTH, STRIDE, C / 2>(j, count, grid, row, left, width, filter, visit);
}

// The windows that `depthwise_image` knows; others are summed tap by tap, out of a copy with a padding, to the same bits. WebAssembly
// does so with all, as these would make its module a tenth larger.
inline bool knows_window(const Op& op) {
#ifdef __wasm__
  return false;
#endif
  const Window& w = op.window;
  return op.units == op.in.channels && !op.pools && (w.width == 3 || w.width == 5 || w.width == 7) && w.stride_x <= 2 &&
         w.dilation_y == 1 && w.dilation_x == 1;
}

template <int WIDTH, int STRIDE, bool BOUNDS>
inline void depthwise_image(const Op& op, const ConvolutionGeometry& g, const Shard& s, const Ending<BOUNDS>& ending,
                            Shard::Range rows, const float* x, float* y) {
  const Window& w = op.window;
  TapGrid grid = grid_of(op, g, s.panels);
  grid.line = int64_t{op.in.width} * op.units;
  for_vectors(op.units, [&](int64_t f, int lanes) {
    const vec bias = bias_part(op, s, f, lanes);
    for (int i = static_cast<int>(rows.from); i < rows.to; i++) {
      const int top = i * w.stride_y - w.top, above = top < 0 ? -top : 0, below = op.in.height - top;
      grid.down = (below < w.height ? below : w.height) - above;
      grid.weights = s.panels + above * grid.weights_line;
      float* to = y + int64_t{i} * op.out.width * op.units + f;
      for_row_sums<WIDTH, STRIDE>(0, op.out.width, grid, x + (top + above) * grid.line + f, w.left, op.in.width, f,
                                  [&](int j, vec sum) { store_part(to + int64_t{j} * op.units, ending(sum + bias), lanes); });
    }
  });
}

template <bool BOUNDS>
inline void depthwise_image_of(const Op& op, const ConvolutionGeometry& g, const Shard& s, const Ending<BOUNDS>& ending,
                               Shard::Range rows, const float* x, float* y) {
  const bool strides = op.window.stride_x == 2;
  switch (op.window.width) {
    case 3: return strides ? depthwise_image<3, 2>(op, g, s, ending, rows, x, y) : depthwise_image<3, 1>(op, g, s, ending, rows, x, y);
    case 5: return strides ? depthwise_image<5, 2>(op, g, s, ending, rows, x, y) : depthwise_image<5, 1>(op, g, s, ending, rows, x, y);
    case 7: return strides ? depthwise_image<7, 2>(op, g, s, ending, rows, x, y) : depthwise_image<7, 1>(op, g, s, ending, rows, x, y);
  }
}

// Without pooling, any window: rows of one image inside its padding.
template <bool BOUNDS>
inline void depthwise_rows(const Op& op, const ConvolutionGeometry& g, const Shard& s, const Ending<BOUNDS>& ending,
                           Shard::Range rows, const float* image, float* y) {
  const TapGrid grid = grid_of(op, g, s.panels);
  const int64_t line = int64_t{op.window.stride_y} * g.input.width * op.units, next = int64_t{op.window.stride_x} * op.units;
  for (int64_t i = rows.from; i < rows.to; i++)
    for_vectors(op.units, [&](int64_t f, int lanes) {
      const vec bias = bias_part(op, s, f, lanes);
      float* to = y + i * op.out.width * op.units + f;
      for_tap_sums(op.out.width, grid, image + i * line + f, next, f,
                   [&](int j, vec sum) { store_part(to + int64_t{j} * op.units, ending(sum + bias), lanes); });
    });
}

template <int HEIGHT, int WIDTH>
inline void depthwise_windows(const Op& op, const ConvolutionGeometry& g, const Epilogue& e, Shard::Range rows, const float* image,
                              const float* panel) {
  const Window& w = op.window;
  const int64_t line = int64_t{g.input.width} * op.units, pixel = op.units;
  const TapGrid grid = grid_of(op, g, panel);
  for (int64_t i = rows.from; i < rows.to; i++) {
    const float* row = image + i * op.pool.stride_y * w.stride_y * line;
    const int64_t window = i * op.pooled.width;
    for_vectors(op.units, [&](int64_t f, int lanes) {
      for (int j = 0; j < op.pooled.width; j++) {
        const float* corner = row + int64_t{j} * op.pool.stride_x * w.stride_x * pixel + f;
        pool_window<HEIGHT, WIDTH>(op, e, window + j, f, lanes, [&](int u, int q) {
          vec total;
          sum_taps<1>(grid, corner + int64_t{u} * w.stride_y * line + int64_t{q} * w.stride_x * pixel, 0, f, &total);
          return total;
        });
      }
    });
  }
}

inline void depthwise_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const Shard::Range rows = s.share(op.pooled.height);
  if (rows.from >= rows.to) return;
  if (knows_window(op)) {
    for (int n = 0; n < s.count; n++)
      with_ending(op, [&](auto ending) {
        depthwise_image_of(op, g, s, ending, rows, s.value(op.inputs[0]) + n * op.in.size(), s.value(op.output) + n * op.output.size);
      });
    return;
  }
  float* room = s.scratch;
  clear_border(op, g, room);
  for (int n = 0; n < s.count; n++) {
    const float* image =
        repeated_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room, lines_of(op, rows.from, rows.to));
    const Epilogue epilogue = epilogue_of(op, s, n, room + g.room_floats());
    if (!op.pools)
      with_ending(op, [&](auto ending) { depthwise_rows(op, g, s, ending, rows, image, epilogue.y); });
    else if (op.pool.height == 2 && op.pool.width == 2)
      depthwise_windows<2, 2>(op, g, epilogue, rows, image, s.panels);
    else
      depthwise_windows<0, 0>(op, g, epilogue, rows, image, s.panels);
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
