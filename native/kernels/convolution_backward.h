// The gradients of a convolution. The twin of src/ops/convolution.ts.
//
// Image by image the gradient is spread out into an image of its own (pooling undone, strides filled with zeros, a border
// around it), so that both gradients are plain multiplications: the input's is a convolution of that image with the kernel
// turned around, the kernel's is a sum of its products with the input.
#pragma once

#include "convolution_panels.h"

namespace heddle {
namespace HEDDLE_ISA {

// R consecutive rows of the kernel's gradient: each is a number of the input times V vectors of the gradient,
// summed over the pixels of the image. The sums stay in registers for all of them.
template <int R, int V>
inline void kernel_gradient_tile(const Op& op, const ConvolutionGeometry& g, const float* x, const float* spread,
                                 float* sums) {
  const Window& w = op.window;
  const int64_t line = int64_t{w.stride_y} * g.input.width * op.in.channels;
  const int64_t pixel = int64_t{w.stride_x} * op.in.channels;
  vec total[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) total[r][v] = load(sums + r * g.filters_padded + v * W);
  for (int i = 0; i < g.used_height; i++) {
    const float* numbers = x + i * line;
    const float* gradient = spread + (int64_t{i * g.step_y + g.border_y} * g.spread.width + g.border_x) * g.spread.channels;
    for (int j = 0; j < g.used_width; j++) {
      vec d[V];
      for (int v = 0; v < V; v++) d[v] = load(gradient + v * W);
      for (int r = 0; r < R; r++) {
        const vec number = splat(numbers[r]);
        for (int v = 0; v < V; v++) total[r][v] += number * d[v];
      }
      numbers += pixel;
      gradient += g.step_x * g.spread.channels;
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(sums + r * g.filters_padded + v * W, total[r][v]);
}

template <int V, int R = ROWS>
inline void kernel_gradient_tile_of(int rows, const Op& op, const ConvolutionGeometry& g, const float* x,
                                    const float* spread, float* sums) {
  if (rows >= R) return kernel_gradient_tile<R, V>(op, g, x, spread, sums);
  if constexpr (R > 1) kernel_gradient_tile_of<V, R - 1>(rows, op, g, x, spread, sums);
}

// Adds one image's part to the kernel gradient of a group: sums [rows, filters_padded].
inline void kernel_gradient(const Op& op, const ConvolutionGeometry& g, const float* x, const float* spread,
                            float* sums) {
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  for (int64_t f = 0; f < g.filters_padded; f += PANEL) {
    float* row = sums + f;
    for (int outer = 0; outer < taps.outer; outer++)
      for (int inner = 0; inner < taps.inner; inner++) {
        const float* numbers = x + outer * taps.outer_step + inner * taps.inner_step;
        for (int k = 0; k < taps.length; k += ROWS) {
          const int here = taps.length - k < ROWS ? taps.length - k : ROWS;
          if (panel_lanes(f, g.filters_padded) > W)
            kernel_gradient_tile_of<2>(here, op, g, numbers + k, spread + f, row);
          else
            kernel_gradient_tile_of<1>(here, op, g, numbers + k, spread + f, row);
          row += here * g.filters_padded;
        }
      }
  }
}

// The gradient of one phase of the input of some images and a group: the spread-out gradients times the taps that reach it.
inline void phase_gradient(const Op& op, const ConvolutionGeometry& g, int phase_y, int phase_x, const float* spreads,
                           const float* panels, int images, float* dx) {
  const Window& w = op.window;
  const Phase down(phase_y, g.phases_y, w.top, w.height, w.dilation_y), across(phase_x, g.phases_x, w.left, w.width, w.dilation_x);
  const bool accumulate = op.inputs[0].accumulate;
  const int columns = (op.in.width - phase_x + g.phases_x - 1) / g.phases_x;
  const int rows_down = (op.in.height - phase_y + g.phases_y - 1) / g.phases_y, of_image = rows_down * columns;
  if (accumulate && down.count * across.count == 0) return;
  Window reaching = w;
  reaching.height = down.count;
  reaching.width = across.count;
  const Taps taps = taps_of(reaching, op.groups, g.spread.channels, g.spread);
  const int64_t first = (int64_t{down.before} * w.width + int64_t{down.count} * across.before) * g.filters_padded;
  const int64_t rows = int64_t{w.height} * w.width * g.filters_padded;
  const bool all = g.phases_y * g.phases_x == 1;
  for (int64_t c = 0; c < g.channels; c += PANEL) {
    const int64_t width = panel_lanes(c, g.channels_padded);
    const int lanes = static_cast<int>(g.channels - c < width ? g.channels - c : width);
    int row = 0, column = 0;
    const float* spread = spreads;
    const auto next_row = [&] {
      const int64_t at = (int64_t{g.border_y + down.from + row} * g.spread.width + g.border_x + across.from + column) * g.spread.channels;
      const float* numbers = spread + at;
      if (++column == columns) column = 0, row++;
      if (row == rows_down) row = 0, spread += g.spread.size();
      return numbers;
    };
    int line = 0, place = 0;
    int64_t image = 0, pixel = 0;
    const auto next_pixel = [&] {
      const int64_t at = image + (int64_t{line} * g.phases_y + phase_y) * op.in.width + place * g.phases_x + phase_x;
      if (++place == columns) place = 0, line++;
      if (line == rows_down) line = 0, image += int64_t{op.in.height} * op.in.width;
      return at;
    };
    const float* panel = panels + panel_start(c, rows) + first * width;
    if (all && !accumulate && lanes % W == 0) {
      multiply(images * of_image, next_row, taps, panel, width, lanes, dx + c, op.in.channels);
      continue;
    }
    multiply(images * of_image, next_row, taps, panel, width, lanes, [&](int, int v, vec sums, int here) {
      if (v == 0) pixel = next_pixel();
      float* to = dx + pixel * op.in.channels + c + v;
      __builtin_prefetch(to + ROWS * g.phases_x * op.in.channels, 1);
      write(to, sums, here, accumulate);
    });
  }
}

// The gradient of some images and a group of the input, phase by phase.
inline void input_gradient(const Op& op, const ConvolutionGeometry& g, const float* spreads, const float* panels, int images,
                           float* dx) {
  for (int y = 0; y < g.phases_y && y < op.in.height; y++)
    for (int x = 0; x < g.phases_x && x < op.in.width; x++) phase_gradient(op, g, y, x, spreads, panels, images, dx);
}

inline void dense_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* own = room + g.room_floats();
  if (!g.reads_gradient) std::memset(own, 0, g.spread_images * g.spread.size() * sizeof(float));
  const int64_t turned_rows = int64_t{op.window.height} * op.window.width * g.filters_padded;
  const float* turned = s.panels + op.groups * g.forward_panel_floats();
  for (int from = 0; from < s.count; from += g.spread_images) {
    const int images = s.count - from < g.spread_images ? s.count - from : g.spread_images;
    for (int group = 0; group < op.groups; group++) {
      float* sums = s.partials + group * g.filters_padded * (g.rows + 1);
      float* bias = g.keeps_gradients ? s.partials + kept_gradient_floats(op) : sums + g.filters_padded * g.rows;
      const float* spreads = g.reads_gradient ? s.gradient(op.output) + from * op.output.size : own;
      if (g.reads_gradient && op.bias >= 0) add_bias_gradient(op, spreads, images, bias);
      for (int n = from; n < from + images; n++) {
        const float* spread = spreads + (n - from) * g.spread.size();
        if (!g.reads_gradient) spread_gradient(op, g, s, n, group, own + (n - from) * g.spread.size(), bias);
        if (!op.learns()) continue;
        if (g.keeps_gradients) {
          keep_gradient(op, g, spread, n, s.partials);
          continue;
        }
        const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
        kernel_gradient(op, g, image + int64_t{group} * g.channels, spread, sums);
      }
      if (op.inputs[0].has_gradient())
        input_gradient(op, g, spreads, turned + group * g.channels_padded * turned_rows, images,
                       s.gradient(op.inputs[0]) + from * op.in.size() + int64_t{group} * g.channels);
    }
  }
}

// dx of one image, from a copy with the padding of the input.
inline void take_from_padding(const Op& op, const ConvolutionGeometry& g, const float* padded, float* dx) {
  const int64_t line = int64_t{op.in.width} * op.in.channels;
  for (int i = 0; i < op.in.height; i++) {
    const float* from = padded + ((int64_t{i} + op.window.top) * g.input.width + op.window.left) * op.in.channels;
    for_vectors(line, [&](int64_t k, int lanes) {
      write(dx + i * line + k, load_part(from + k, lanes), lanes, op.inputs[0].accumulate);
    });
  }
}

inline void listed_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  FilterLists filters(op, op.shard_size, s.partials);
  PositionLists places(op, op.shard_size, s.scratch);
  std::memset(filters.counts, 0, op.units * sizeof *filters.counts);
  for (int n = 0; n < s.count; n++)
    list_gradients(op, g, s, n, n, filters, places, s.partials + kernel_partial_floats(op, g));
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  float* dx = s.gradient(input);
  if (!input.accumulate) std::memset(dx, 0, s.count * op.in.size() * sizeof(float));
  sparse_input_gradient(op, g, places, s.count, s.parameters + op.kernel, dx);
}

inline void sparse_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* padded_dx = room + g.room_floats();
  float* lists = padded_dx + g.room_floats();
  const Operand& input = op.inputs[0];
  for (int n = 0; n < s.count; n++) {
    const float* image = padded_image(op, g, s.value(input) + n * op.in.size(), room);
    PositionLists places(op, 1, lists);
    FilterLists filters(op, 1, lists + round_up(PositionLists::floats(op, 1), 2));
    std::memset(filters.counts, 0, op.units * sizeof *filters.counts);
    list_gradients(op, g, s, n, 0, filters, places, s.partials + kernel_partial_floats(op, g));
    if (op.learns()) sparse_kernel_gradient(op, g, filters, image, s.partials);
    if (!input.has_gradient()) continue;
    float* dx = s.gradient(input) + n * op.in.size();
    float* to = g.padded ? padded_dx : dx;
    if (g.padded || !input.accumulate) std::memset(to, 0, (g.padded ? g.input : op.in).size() * sizeof(float));
    sparse_input_gradient(op, g, places, 1, s.parameters + op.kernel, to);
    if (g.padded) take_from_padding(op, g, to, dx);
  }
}

inline void convolution_backward(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.padded && !g.back_tile) std::memset(s.scratch, 0, g.input.size() * sizeof(float));
  const int64_t unsummed = g.listed || g.keeps_tiles || g.keeps_gradients ? kernel_partial_floats(op, g) : 0;
  std::memset(s.partials + unsummed, 0, (convolution_partial_floats(op) - unsummed) * sizeof(float));
  if (g.depthwise)
    depthwise_backward(op, g, s);
  else if (g.listed)
    listed_backward_of(op, g, s);
  else if (g.sparse)
    sparse_backward_of(op, g, s);
  else if (g.first)
    first_backward_of(op, g, s);
  else if (g.back_tile)
    winograd_backward(op, g, s);
  else
    dense_backward_of(op, g, s);
}

// The dense form's sums lie [rows, filters]: a vector of filters is added up for some rows, which then are turned.
inline void dense_sums(const Op& op, const ConvolutionGeometry& g, const Batch& b, float* gradients, int from, int to) {
  constexpr int ROWS_AT_ONCE = 16;
  for (int unit = from; unit < to;) {
    const int64_t group = unit / g.filters, filter = unit % g.filters;
    const int64_t first = group * g.filters_padded * (g.rows + 1) + filter;
    const int in_group = g.filters - static_cast<int>(filter), left = to - unit < in_group ? to - unit : in_group;
    const int lanes = left < W ? left : W;
    const auto total = [&](int64_t row) {
      vec sum{};
      for (int shard = 0; shard < b.shards; shard++)
        sum += load_part(b.partials + shard * b.partial_floats + first + row * g.filters_padded, lanes);
      return sum;
    };
    for (int64_t row = 0; row < g.rows; row += ROWS_AT_ONCE) {
      const int64_t here = g.rows - row < ROWS_AT_ONCE ? g.rows - row : ROWS_AT_ONCE;
      float sums[ROWS_AT_ONCE][W];
      for (int64_t r = 0; r < here; r++) store(sums[r], total(row + r));
      for (int u = 0; u < lanes; u++)
        for (int64_t r = 0; r < here; r++) gradients[op.kernel + (unit + u) * g.rows + row + r] = sums[r][u];
    }
    if (op.bias >= 0) store_part(gradients + op.bias + unit, total(g.rows), lanes);
    unit += lanes;
  }
}

// Adds up the shards' sums, in their order, in the kernel's layout.
inline void convolution_finish(const Op& op, const Batch& b, float* gradients, int from, int to) {
  const ConvolutionGeometry g(op);
  const auto total = [&](int64_t at) {
    float sum = 0;
    for (int shard = 0; shard < b.shards; shard++) sum += b.partials[shard * b.partial_floats + at];
    return sum;
  };
  const int64_t bias = kernel_partial_floats(op, g);
  if (!g.sparse && !g.keeps_tiles && !g.keeps_gradients) return dense_sums(op, g, b, gradients, from, to);
  if (g.keeps_tiles) finish_tiles(op, g, b, gradients + op.kernel, from, to);
  if (g.keeps_gradients) finish_kept(op, g, b, gradients + op.kernel, from, to);
  if (g.listed) sparse_finish(op, g, b, gradients + op.kernel, from, to);
  for (int unit = from; unit < to; unit++) {
    float* kernel = gradients + op.kernel + unit * g.rows;
    if (op.bias >= 0) gradients[op.bias + unit] = total(bias + unit);
    if (g.listed || g.keeps_tiles || g.keeps_gradients) continue;
    for_vectors(g.rows, [&](int64_t row, int lanes) {
      vec sum{};
      for (int shard = 0; shard < b.shards; shard++)
        sum += load_part(b.partials + shard * b.partial_floats + unit * g.rows + row, lanes);
      store_part(kernel + row, sum, lanes);
    });
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
