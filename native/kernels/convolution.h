// Convolution with bias, activation and max pooling in one pass. The twin of src/ops/convolution.ts.
//
// Forward, the positions of some rows of pooling windows, of one image or several, are multiplied into a strip of scratch
// that stays in L1, then bias, pooling and activation go over it; what pooling throws away never reaches memory, only one
// byte that names the winner.
// Backward, image by image: the gradient is spread out into an image of its own (pooling undone, strides filled
// with zeros, a border around it), so that both gradients are plain multiplications: the input's is a convolution
// of that image with the kernel turned around, the kernel's is a sum of its products with the input.
#pragma once

#include "depthwise.h"
#include "first.h"
#include "geometry.h"
#include "sparse.h"
#include "winograd.h"

namespace heddle {
namespace HEDDLE_ISA {

inline bool needs_turned_panels(const Op& op, const ConvolutionGeometry& g) {
  return op.inputs[0].has_gradient() && !g.sparse && !g.depthwise;
}

// Of one group: the kernel as the forward pass reads it.
inline int64_t forward_panel_floats(const ConvolutionGeometry& g) {
  return g.winograd ? winograd_panel_floats(g) : g.filters_padded * g.rows;
}

inline int64_t convolution_panel_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  const int64_t forward = forward_panel_floats(g);
  const int64_t positions = int64_t{op.window.height} * op.window.width;
  const int64_t turned = needs_turned_panels(op, g) ? g.channels_padded * positions * g.filters_padded : 0;
  return g.groups * (forward + turned);
}

// What one shard leaves for the kernel's gradient: sums, [filters, rows], or lists in the sparse form; then the bias, a
// number for each filter. In the dense form [groups, rows + 1, filters], the bias last.
inline int64_t kernel_partial_floats(const Op& op, const ConvolutionGeometry& g) {
  if (g.listed) return round_up(FilterLists::floats(op, op.shard_size), 2);
  return g.sparse ? op.units * g.rows : g.groups * g.filters_padded * g.rows;
}

inline int64_t convolution_partial_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  return kernel_partial_floats(op, g) + (g.sparse ? op.units + W : g.groups * g.filters_padded);
}

// The lists of a shard or of one image in scratch.
inline int64_t list_floats(const Op& op, const ConvolutionGeometry& g) {
  return PositionLists::floats(op, g.listed ? op.shard_size : 1) + (g.listed ? 0 : FilterLists::floats(op, 1) + 1);
}

inline int64_t convolution_scratch_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  const int64_t backward = g.sparse  ? g.room_floats() + list_floats(op, g)
                           : g.first ? candidate_floats(g)
                                     : g.spread.size() + W + (g.depthwise ? g.filters_padded : 0);
  const int64_t dropped = op.drops ? (op.out.size() + 3) / 4 : 0;
  const int64_t forward = g.strip_floats() + (g.winograd ? winograd_scratch_floats(g) : 0) + dropped;
  return g.room_floats() + (forward > backward ? forward : backward);
}

// The kernels of the units [from, to) of one group into panels of lanes; those of a panel side by side, so that each line of
// it is written once.
inline void pack_panels(const ConvolutionGeometry& g, const float* kernels, float* panels, int from, int to) {
  for (int first = from; first < to;) {
    const int last = to < first / PANEL * PANEL + PANEL ? to : first / PANEL * PANEL + PANEL;
    float* panel = panels + panel_start(first, g.rows) + first % PANEL;
    const int64_t lanes = panel_lanes(first, g.filters_padded);
    for (int64_t row = 0; row < g.rows; row++)
      for (int unit = first; unit < last; unit++) panel[row * lanes + unit - first] = kernels[unit * g.rows + row];
    first = last;
  }
}

// And turned around: [channels as panels, positions, filters].
inline void pack_turned(const Op& op, const ConvolutionGeometry& g, const float* kernel, float* turned, int filter) {
  const int64_t positions = int64_t{op.window.height} * op.window.width;
  const int64_t turned_rows = positions * g.filters_padded;
  for (int64_t position = 0; position < positions; position++) {
    const int64_t row = (positions - 1 - position) * g.filters_padded + filter;
    const float* numbers = kernel + position * g.channels;
    for (int64_t c = 0; c < g.channels; c += PANEL) {
      const int64_t width = panel_lanes(c, g.channels_padded);
      float* to = turned + panel_start(c, turned_rows) + row * width;
      for (int64_t i = 0; i < width && c + i < g.channels; i++) to[i] = numbers[c + i];
    }
  }
}

inline void convolution_pack(const Op& op, const float* parameters, float* panels, int from, int to) {
  const ConvolutionGeometry g(op);
  const float* kernels = parameters + op.kernel;
  if (g.depthwise) return depthwise_pack(g, kernels, panels, from, to);
  float* turned = panels + op.groups * forward_panel_floats(g);
  const int64_t turned_floats = g.channels_padded * op.window.height * op.window.width * g.filters_padded;
  for (int unit = from; unit < to;) {
    const int group = unit / g.filters, first = group * g.filters;
    const int end = to < first + g.filters ? to : first + g.filters;
    if (!g.winograd)
      pack_panels(g, kernels + first * g.rows, panels + group * forward_panel_floats(g), unit - first, end - first);
    for (; unit < end; unit++) {
      const float* kernel = kernels + unit * g.rows;
      if (g.winograd) winograd_pack(g, kernel, panels, unit);
      if (needs_turned_panels(op, g)) pack_turned(op, g, kernel, turned + group * turned_floats, unit - first);
    }
  }
}

// Walks the output positions that pooling reads, window by window and image by image, in an array with so many numbers from
// one position to the next.
struct WindowWalk {
  int64_t pixel, line, image;
  const Window& pool;
  int height, width;  // windows of an image
  int i = 0, j = 0, u = 0, q = 0;
  int64_t from = 0;

  WindowWalk(const Op& op, int64_t pixel, int64_t line, int64_t image)
      : pixel(pixel), line(line), image(image), pool(op.pool), height(op.pooled.height), width(op.pooled.width) {}

  int64_t next() {
    const int64_t at = from + (i * pool.stride_y + u) * line + (j * pool.stride_x + q) * pixel;
    if (++q < pool.width) return at;
    q = 0;
    if (++u < pool.height) return at;
    u = 0;
    if (++j < width) return at;
    j = 0;
    if (++i < height) return at;
    i = 0;
    from += image;
    return at;
  }
};

// Images that go through a panel together: as many as stay in the first cache beside it, or all of a shard where the panel
// does not stay there itself. Images with a padding are copied, and come alone.
inline int images_at_once(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  constexpr int64_t CACHED = 8192;
  if (g.padded || op.drops) return 1;
  const int64_t images = g.rows * PANEL > CACHED ? s.count : CACHED / op.in.size();
  return static_cast<int>(images < 1 ? 1 : images > s.count ? s.count : images);
}

// A window of 3 x 3 over one channel, pooled 2 x 2: the nine weights of W filters stay in registers, and each of the 4 x 4
// numbers under a pooling window is read once for all four outputs. The sums never leave the registers.
inline void grey_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  if (g.padded) std::memset(room, 0, g.input.size() * sizeof(float));
  const int64_t line = g.input.width;
  for (int n = 0; n < s.count; n++) {
    const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    const Epilogue epilogue = epilogue_of(op, s, n, room + g.room_floats());
    for (int f = 0; f < g.filters; f += W) {
      const float* panel = s.panels + panel_start(f, g.rows) + f % PANEL;
      const int64_t width = panel_lanes(f, g.filters_padded);
      vec weights[9];
      for (int k = 0; k < 9; k++) weights[k] = load(panel + k * width);
      int64_t window = 0;
      for (int i = 0; i < op.pooled.height; i++)
        for (int j = 0; j < op.pooled.width; j++, window++) {
          const float* x = image + i * op.pool.stride_y * line + j * op.pool.stride_x;
          vec sums[4] = {};
#pragma GCC unroll 4
          for (int row = 0; row < 4; row++)
#pragma GCC unroll 4
            for (int column = 0; column < 4; column++) {
              const vec number = splat(x[row * line + column]);
#pragma GCC unroll 4
              for (int q = 0; q < 4; q++) {
                const int u = row - q / 2, v = column - q % 2;
                if (u >= 0 && u < 3 && v >= 0 && v < 3) sums[q] += number * weights[u * 3 + v];
              }
            }
          pool_window<2, 2>(op, epilogue, window, f, g.filters - f, [&](int u, int q) { return sums[u * 2 + q]; });
        }
    }
  }
}

inline void convolution_forward(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.depthwise) return depthwise_forward(op, g, s);
  if (g.winograd) return winograd_forward(op, g, s);
  if (g.grey) return grey_forward(op, g, s);
  const Window& w = op.window;
  float* room = s.scratch;
  float* strip = room + g.room_floats();
  if (g.padded) std::memset(room, 0, g.input.size() * sizeof(float));
  const Taps taps = taps_of(w, op.groups, g.channels, g.input);
  const int64_t line = int64_t{w.stride_y} * g.input.width * op.in.channels;
  const int64_t pixel = int64_t{w.stride_x} * op.in.channels;
  const int positions = op.pool.height * op.pool.width, row_positions = op.pooled.width * positions;
  const StripLayout layout = {int64_t{op.pool.width} * PANEL, PANEL, int64_t{positions} * PANEL};
  const int at_once = images_at_once(op, g, s);
  for (int n = 0; n < s.count; n += at_once) {
    const int images = s.count - n < at_once ? s.count - n : at_once;
    const int rows = images * op.pooled.height;
    const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    const Epilogue epilogue = epilogue_of(op, s, n, strip + g.strip_floats());
    for (int group = 0; group < op.groups; group++) {
      const float* x = image + int64_t{group} * g.channels;
      for (int64_t f = 0; f < g.filters; f += PANEL) {
        const float* panel = s.panels + group * g.filters_padded * g.rows + panel_start(f, g.rows);
        const int64_t width = panel_lanes(f, g.filters_padded);
        const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
        WindowWalk walk(op, pixel, line, op.in.size());
        for (int from = 0; from < rows; from += g.strip) {
          const int to = from + g.strip < rows ? from + g.strip : rows;
          multiply((to - from) * row_positions, [&] { return x + walk.next(); }, taps, panel, width, lanes,
                   [&](int p, int v, vec sums, int) { store(strip + int64_t{p} * PANEL + v, sums); });
          for (int row = from; row < to; row++)
            pool_row_of(op, epilogue, strip + int64_t{row - from} * row_positions * PANEL, layout, row,
                        group * g.filters + f, lanes);
        }
      }
    }
  }
}

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
    const float* gradient = spread + (int64_t{i * w.stride_y + g.border_y} * g.spread.width + g.border_x) * g.filters_padded;
    for (int j = 0; j < g.used_width; j++) {
      vec d[V];
      for (int v = 0; v < V; v++) d[v] = load(gradient + v * W);
      for (int r = 0; r < R; r++) {
        const vec number = splat(numbers[r]);
        for (int v = 0; v < V; v++) total[r][v] += number * d[v];
      }
      numbers += pixel;
      gradient += w.stride_x * g.filters_padded;
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

// The gradient of one image and group of the input: the spread-out gradient times the kernel turned around.
inline void input_gradient(const Op& op, const ConvolutionGeometry& g, const float* spread, const float* panels,
                           float* dx) {
  const Taps taps = taps_of(op.window, op.groups, static_cast<int>(g.filters_padded), g.spread);
  const int64_t rows = int64_t{op.window.height} * op.window.width * g.filters_padded;
  const bool accumulate = op.inputs[0].accumulate;
  for (int64_t c = 0; c < g.channels; c += PANEL) {
    const int64_t width = panel_lanes(c, g.channels_padded);
    const int lanes = static_cast<int>(g.channels - c < width ? g.channels - c : width);
    int row = 0, column = 0;
    const auto next_row = [&] {
      const int64_t at = (int64_t{g.base_y + row} * g.spread.width + g.base_x + column) * g.filters_padded;
      if (++column == op.in.width) column = 0, row++;
      return spread + at;
    };
    multiply(op.in.height * op.in.width, next_row, taps, panels + panel_start(c, rows), width, lanes,
             [&](int p, int v, vec sums, int here) {
               write(dx + int64_t{p} * op.in.channels + c + v, sums, here, accumulate);
             });
  }
}

inline void dense_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* spread = room + g.room_floats();
  std::memset(spread, 0, g.spread.size() * sizeof(float));
  const int64_t turned_rows = int64_t{op.window.height} * op.window.width * g.filters_padded;
  const float* turned = s.panels + op.groups * forward_panel_floats(g);
  for (int n = 0; n < s.count; n++) {
    const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    for (int group = 0; group < op.groups; group++) {
      float* sums = s.partials + group * g.filters_padded * (g.rows + 1);
      spread_gradient(op, g, s, n, group, spread, sums + g.filters_padded * g.rows);
      kernel_gradient(op, g, image + int64_t{group} * g.channels, spread, sums);
      if (!op.inputs[0].has_gradient()) continue;
      input_gradient(op, g, spread, turned + group * g.channels_padded * turned_rows,
                     s.gradient(op.inputs[0]) + n * op.in.size() + int64_t{group} * g.channels);
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
    sparse_kernel_gradient(op, g, filters, image, s.partials);
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
  if (g.padded) std::memset(s.scratch, 0, g.input.size() * sizeof(float));
  const int64_t unsummed = g.listed ? kernel_partial_floats(op, g) : 0;
  std::memset(s.partials + unsummed, 0, (convolution_partial_floats(op) - unsummed) * sizeof(float));
  if (g.depthwise)
    depthwise_backward(op, g, s);
  else if (g.listed)
    listed_backward_of(op, g, s);
  else if (g.sparse)
    sparse_backward_of(op, g, s);
  else if (g.first)
    first_backward_of(op, g, s);
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
  if (!g.sparse) return dense_sums(op, g, b, gradients, from, to);
  if (g.listed) sparse_finish(op, g, b, gradients + op.kernel, from, to);
  for (int unit = from; unit < to; unit++) {
    float* kernel = gradients + op.kernel + unit * g.rows;
    if (op.bias >= 0) gradients[op.bias + unit] = total(bias + unit);
    if (g.listed) continue;
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
