// Depthwise convolution: every filter reads one channel of its own, so that nothing is summed over channels and the filters are the
// vectors. A tap is one multiply-add of the input under it, of all filters side by side, with the tap's weights, which are packed
// [taps, filters]. Groups one by one, as other convolutions go, would leave all lanes of a vector empty but one.
//
// Where a channel has several filters the image is copied with each channel repeated for them, and the gradients of the
// copies are summed up. Bias, dropout, pooling and activation are those of all convolutions, and so are the sums that a shard leaves.
#pragma once

#include "epilogue.h"
#include "geometry.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int TAPS = 9;  // whose gradients are summed up in registers at once

inline void depthwise_pack(const ConvolutionGeometry& g, const float* kernels, float* panel, int from, int to) {
  for (int64_t tap = 0; tap < g.rows; tap++)
    for (int unit = from; unit < to; unit++) panel[tap * g.filters_padded + unit] = kernels[unit * g.rows + tap];
}

// The image with its padding and a channel for every filter; `room` keeps its border of zeros from image to image.
inline const float* repeated_image(const Op& op, const ConvolutionGeometry& g, const float* x, float* room, Lines lines) {
  const int times = op.units / op.in.channels;
  if (times == 1) return padded_image(op, g, x, room, lines);
  x += int64_t{lines.from} * op.in.width * op.in.channels;
  for (int i = lines.from; i < lines.to; i++) {
    float* to = room + ((int64_t{i} + op.window.top) * g.input.width + op.window.left) * op.units;
    for (int64_t k = 0; k < int64_t{op.in.width} * op.in.channels; k++, x++)
      for (int t = 0; t < times; t++) *to++ = *x;
  }
  return room;
}

// Taps of a window over an image, and where their weights are.
struct TapGrid {
  int down, across;
  int64_t line, pixel;  // from one tap to the next, of the image
  const float* weights;
  int64_t weights_line, weights_pixel;
};

// totals[k] = Σ over the taps of a vector of numbers, `next` numbers further on for each k, times the tap's weights. Several sums at
// once, as each of them waits for its last one, and a weight is read once for all.
template <int COUNT>
inline void sum_taps(const TapGrid& grid, const float* numbers, int64_t next, int64_t filter, vec* totals) {
  for (int k = 0; k < COUNT; k++) totals[k] = vec{};
  for (int u = 0; u < grid.down; u++) {
    const float* at = numbers + u * grid.line;
    const float* weights = grid.weights + u * grid.weights_line + filter;
    for (int v = 0; v < grid.across; v++, at += grid.pixel, weights += grid.weights_pixel) {
      const vec weight = load(weights);
      for (int k = 0; k < COUNT; k++) totals[k] += load(at + k * next) * weight;
    }
  }
}

constexpr int COLUMNS = W >= 16 ? 8 : 4;

// visit(column, sums) for all of `count` columns.
template <int COUNT = COLUMNS, typename Visit>
inline void for_tap_sums(int count, const TapGrid& grid, const float* numbers, int64_t next, int64_t filter, Visit visit, int column = 0) {
  for (; count - column >= COUNT; column += COUNT) {
    vec totals[COUNT];
    sum_taps<COUNT>(grid, numbers + column * next, next, filter, totals);
    for (int k = 0; k < COUNT; k++) visit(column + k, totals[k]);
  }
  if constexpr (COUNT > 1) for_tap_sums<COUNT / 2>(count, grid, numbers, next, filter, visit, column);
}

inline TapGrid grid_of(const Op& op, const ConvolutionGeometry& g, const float* panel) {
  const Window& w = op.window;
  const int64_t line = int64_t{g.input.width} * op.units, pixel = op.units, step = g.filters_padded;
  return {w.height, w.width, w.dilation_y * line, w.dilation_x * pixel, panel, w.width * step, step};
}

// R taps from `first` on, of a vector of filters: sums[tap] += Σ over the positions of the image, gradient * what lies under the tap.
template <int R>
inline void depthwise_kernel_tile(const Op& op, const ConvolutionGeometry& g, const float* image, const float* spread,
                                  int first, float* sums) {
  const Window& w = op.window;
  const int64_t line = int64_t{g.input.width} * op.units, pixel = op.units;
  vec total[R];
  int64_t offset[R];
  for (int r = 0; r < R; r++) {
    total[r] = load(sums + r * g.filters_padded);
    offset[r] = (first + r) / w.width * w.dilation_y * line + (first + r) % w.width * w.dilation_x * pixel;
  }
  for (int i = 0; i < g.used_height; i++) {
    const float* at = image + int64_t{i} * w.stride_y * line;
    const float* gradient = spread + (int64_t{i * g.step_y + g.border_y} * g.spread.width + g.border_x) * g.filters_padded;
    for (int j = 0; j < g.used_width; j++) {
      const vec d = load(gradient);
      for (int r = 0; r < R; r++) total[r] += load(at + offset[r]) * d;
      at += w.stride_x * pixel;
      gradient += g.step_x * g.filters_padded;
    }
  }
  for (int r = 0; r < R; r++) store(sums + r * g.filters_padded, total[r]);
}

template <int R = TAPS>
inline void depthwise_kernel_tile_of(int taps, const Op& op, const ConvolutionGeometry& g, const float* image,
                                     const float* spread, int first, float* sums) {
  if (taps >= R) return depthwise_kernel_tile<R>(op, g, image, spread, first, sums);
  if constexpr (R > 1) depthwise_kernel_tile_of<R - 1>(taps, op, g, image, spread, first, sums);
}

inline void depthwise_kernel_gradient(const Op& op, const ConvolutionGeometry& g, const float* image,
                                      const float* spread, float* sums) {
  for (int64_t f = 0; f < g.filters_padded; f += W)
    for (int tap = 0; tap < g.rows; tap += TAPS)
      depthwise_kernel_tile_of(static_cast<int>(g.rows) - tap, op, g, image + f, spread + f, tap,
                               sums + tap * g.filters_padded + f);
}

// One phase of the input's gradient: the spread-out gradient times the taps that reach it, turned around. Where a channel has several
// filters, `row` has room for those of a position.
inline void depthwise_phase_gradient(const Op& op, const ConvolutionGeometry& g, int phase_y, int phase_x, const float* spread,
                                     const float* panel, float* dx, float* row) {
  const Window& w = op.window;
  const Phase down(phase_y, g.phases_y, w.top, w.height, w.dilation_y), across(phase_x, g.phases_x, w.left, w.width, w.dilation_x);
  const int times = op.units / op.in.channels;
  const int64_t line = int64_t{g.spread.width} * g.filters_padded, pixel = g.filters_padded;
  const int64_t last = int64_t{down.tap + (down.count - 1) * g.phases_y} * w.width + across.tap + (across.count - 1) * g.phases_x;
  const bool reached = down.count > 0 && across.count > 0;
  const TapGrid grid = {down.count, reached ? across.count : 0, w.dilation_y * line, w.dilation_x * pixel,
                        reached ? panel + last * g.filters_padded : panel, -g.phases_y * w.width * g.filters_padded,
                        -g.phases_x * g.filters_padded};
  const int columns = (op.in.width - phase_x + g.phases_x - 1) / g.phases_x;
  const int64_t next = int64_t{g.phases_x} * op.in.channels;
  const bool accumulate = op.inputs[0].accumulate;
  for (int i = phase_y, k = 0; i < op.in.height; i += g.phases_y, k++) {
    const float* numbers = reached ? spread + (g.border_y + down.from + k) * line + (g.border_x + across.from) * pixel : spread;
    float* to = dx + (int64_t{i} * op.in.width + phase_x) * op.in.channels;
    if (times == 1) {
      for_vectors(op.units, [&](int64_t f, int lanes) {
        for_tap_sums(columns, grid, numbers + f, pixel, f, [&](int j, vec sum) { write(to + j * next + f, sum, lanes, accumulate); });
      });
      continue;
    }
    for (int j = 0; j < columns; j++, to += next) {
      for_vectors(op.units, [&](int64_t f, int) {
        vec total;
        sum_taps<1>(grid, numbers + j * pixel + f, 0, f, &total);
        store(row + f, total);
      });
      for (int c = 0; c < op.in.channels; c++) {
        float sum = accumulate ? to[c] : 0;
        for (int t = 0; t < times; t++) sum += row[c * times + t];
        to[c] = sum;
      }
    }
  }
}

inline void depthwise_backward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* spread = room + g.room_floats();
  float* row = spread + g.spread.size() + W;
  std::memset(spread, 0, (g.spread.size() + W) * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* image = repeated_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room, {0, op.in.height});
    spread_gradient(op, g, s, n, 0, spread, s.partials + g.filters_padded * g.rows);
    if (op.learns()) depthwise_kernel_gradient(op, g, image, spread, s.partials);
    if (!op.inputs[0].has_gradient()) continue;
    for (int y = 0; y < g.phases_y && y < op.in.height; y++)
      for (int x = 0; x < g.phases_x && x < op.in.width; x++)
        depthwise_phase_gradient(op, g, y, x, spread, s.panels, s.gradient(op.inputs[0]) + n * op.in.size(), row);
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
