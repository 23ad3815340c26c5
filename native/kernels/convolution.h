// Convolution with bias, activation and max pooling in one pass. The twin of src/ops/convolution.ts.
//
// The positions of some rows of pooling windows, of one image or several, are multiplied into a strip of scratch that stays
// in L1, then bias, pooling and activation go over it; what pooling throws away never reaches memory, only one byte that
// names the winner.
#pragma once

#include "convolution_panels.h"

namespace heddle {
namespace HEDDLE_ISA {

// Walks the output positions that pooling reads, window by window and image by image. `pixel`, `line` and `image` are the
// distances, in numbers, from one position, row and image to the next.
struct WindowWalk {
  int64_t pixel, line, image;
  const Window& pool;
  int height, width;  // windows of an image
  int i, j = 0, u = 0, q = 0;
  int64_t from;

  // From a row of windows on, counted through the images.
  WindowWalk(const Op& op, int64_t pixel, int64_t line, int64_t image, int row)
      : pixel(pixel), line(line), image(image), pool(op.pool), height(op.pooled.height), width(op.pooled.width), i(row % height) {
    from = row / height * image;
  }

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
// does not stay there itself; fewer if each of them is copied.
inline int images_at_once(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  constexpr int64_t CACHED = 8192;
  if (op.drops) return 1;
  const int64_t all = g.padded ? g.padded_images : s.count, images = g.rows * PANEL > CACHED ? all : CACHED / op.in.size();
  const int64_t most = all < s.count ? all : s.count;
  return static_cast<int>(images < 1 ? 1 : images > most ? most : images);
}

// A window of 3 x 3 over one channel, pooled 2 x 2: the nine weights of W filters stay in registers, and each of the 4 x 4
// numbers under a pooling window is read once for all four outputs. The sums never leave the registers.
inline void grey_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  clear_border(op, g, room);
  const int64_t line = g.input.width;
  const Shard::Range rows = s.share(op.pooled.height);
  if (rows.from >= rows.to) return;
  for (int n = 0; n < s.count; n++) {
    const float* image =
        padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room, lines_of(op, rows.from, rows.to));
    const Epilogue epilogue = epilogue_of(op, s, n, room + g.room_floats());
    for (int f = 0; f < g.filters; f += W) {
      const float* panel = s.panels + panel_start(f, g.rows) + f % PANEL;
      const int64_t width = panel_lanes(f, g.filters_padded);
      vec weights[9];
      for (int k = 0; k < 9; k++) weights[k] = load(panel + k * width);
      int64_t window = rows.from * op.pooled.width;
      for (int64_t i = rows.from; i < rows.to; i++)
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

// The images that some rows of outputs read, counted through the images.
inline const float* padded_images(const Op& op, const ConvolutionGeometry& g, const float* x, float* room, Shard::Range rows) {
  if (!g.padded) return x;
  for (int64_t n = rows.from / op.out.height; n * op.out.height < rows.to; n++) {
    const int64_t before = n * op.out.height, end = rows.to - before;
    const Lines lines = lines_of(op, rows.from > before ? rows.from - before : 0, end < op.out.height ? end : op.out.height);
    padded_image(op, g, x + n * op.in.size(), room + n * g.input.size(), lines);
  }
  return room;
}

// The activation of some filters of neighbouring pixels, over whole vectors: a pixel may have fewer filters than a vector has lanes.
inline void activate_pixels(const Op& op, float* y, int pixels, int64_t filters) {
  if (filters == op.units) return activate_all(op, y, pixels * filters);
  for (int p = 0; p < pixels; p++) activate_all(op, y + int64_t{p} * op.units, filters);
}

// The same for outputs that are stored out of the registers of a tile: bias and bounds. The panel has `lanes`, the others of its last vector are not outputs.
template <bool BOUNDS>
struct StoreOutputs {
  const Ending<BOUNDS>& ending;
  vec bias[2];
  int lanes;

  void operator()(float* to, vec sums, int v) const {
    const vec sum = sums + bias[v];
    if constexpr (BOUNDS) store_part(to, ending(sum), lanes - v * W);
    else store_part(to, sum, lanes - v * W);
  }
};

// Outputs that no pooling follows leave the registers for their place among the outputs. A strip of them is made whole before the next one where all panels
// stay in the second cache, so that the outputs are written in their order.
template <bool BOUNDS>
inline void plain_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s, const Ending<BOUNDS>& ending) {
  constexpr int64_t CACHED = 65'536;
  float* room = s.scratch;
  const int at_once = images_at_once(op, g, s);
  clear_border(op, g, room, at_once);
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  const int64_t line = int64_t{op.window.stride_y} * g.input.width * op.in.channels;
  const int64_t pixel = int64_t{op.window.stride_x} * op.in.channels;
  const int outputs = op.out.height * op.out.width;
  const bool as_is = op.bias < 0 && op.activation == Activation::linear;
  const Shard::Range filters = divides_by_filters(op, g) ? s.share(g.filters, PANEL) : Shard::Range{0, g.filters};
  for (int n = 0; n < s.count; n += at_once) {
    const int images = s.count - n < at_once ? s.count - n : at_once, all_rows = images * op.out.height;
    const Shard::Range rows = divides_by_filters(op, g) ? Shard::Range{0, all_rows} : s.share(all_rows);
    if (rows.from >= rows.to) continue;
    const int begin = static_cast<int>(rows.from) * op.out.width, count = static_cast<int>(rows.to) * op.out.width;
    const int strip = op.groups == 1 && g.filters_padded * g.rows <= CACHED ? STRIP_PIXELS : count;
    const float* image = padded_images(op, g, s.value(op.inputs[0]) + n * op.in.size(), room, rows);
    for (int group = 0; group < op.groups; group++)
      for (int first = begin; first < count; first += strip) {
        const int here = count - first < strip ? count - first : strip;
        float* to = s.value(op.output) + n * op.output.size + int64_t{first} * op.units + group * g.filters;
        for (int64_t f = filters.from; f < filters.to; f += PANEL) {
          const float* panel = s.panels + group * g.filters_padded * g.rows + panel_start(f, g.rows);
          const int64_t width = panel_lanes(f, g.filters_padded), filter = group * g.filters + f;
          const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
          int i = first % outputs / op.out.width, j = first % op.out.width;
          const float* x = image + first / outputs * g.input.size() + int64_t{group} * g.channels;
          const auto next_row = [&] {
            const float* at = x + i * line + j * pixel;
            if (++j == op.out.width) j = 0, i++;
            if (i == op.out.height) i = 0, x += g.input.size();
            return at;
          };
          float* y = to + f;
          if (lanes % W == 0 && as_is) {
            multiply(here, next_row, taps, panel, width, lanes, y, op.units);
            continue;
          }
          const vec bias[2] = {bias_part(op, s, filter, lanes), lanes > W ? bias_part(op, s, filter + W, lanes - W) : vec{}};
          multiply(here, next_row, taps, panel, width, lanes, y, op.units, StoreOutputs<BOUNDS>{ending, {bias[0], bias[1]}, lanes});
        }
        if constexpr (!BOUNDS) activate_pixels(op, to + filters.from, here, filters.to - filters.from);
      }
  }
}

// The rows or panels of filters that parts share.
inline int64_t convolution_pieces(const Op& op, int examples) {
  const ConvolutionGeometry g(op);
  if (op.drops) return 1;
  if (g.depthwise || g.grey) return op.pooled.height;
  if (divides_by_filters(op, g)) return (g.filters_padded + PANEL - 1) / PANEL;
  return g.tile ? int64_t{examples} * ((g.used_height + side_of(g.tile) - 1) / side_of(g.tile)) : op.pooled.height;
}

inline void convolution_forward(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.depthwise) return depthwise_forward(op, g, s);
  if (g.tile) return winograd_forward(op, g, s);
  if (g.grey) return grey_forward(op, g, s);
  if (!op.pools) return with_ending(op, [&](auto ending) { plain_forward(op, g, s, ending); });
  const Window& w = op.window;
  float* room = s.scratch;
  float* strip = room + g.room_floats();
  clear_border(op, g, room);
  const Taps taps = taps_of(w, op.groups, g.channels, g.input);
  const int64_t line = int64_t{w.stride_y} * g.input.width * op.in.channels;
  const int64_t pixel = int64_t{w.stride_x} * op.in.channels;
  const int positions = op.pool.height * op.pool.width, row_positions = op.pooled.width * positions;
  const StripLayout layout = {int64_t{op.pool.width} * PANEL, PANEL, int64_t{positions} * PANEL};
  const int at_once = images_at_once(op, g, s);
  const Shard::Range all = {0, g.filters}, filters = divides_by_filters(op, g) ? s.share(g.filters, PANEL) : all;
  for (int n = 0; n < s.count; n += at_once) {
    const int images = s.count - n < at_once ? s.count - n : at_once;
    const int64_t image_rows = int64_t{images} * op.pooled.height;
    const Shard::Range rows = divides_by_filters(op, g) ? Shard::Range{0, image_rows} : s.share(image_rows);
    if (rows.from >= rows.to) continue;
    const float* image =
        padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room, lines_of(op, rows.from, rows.to));
    const Epilogue epilogue = epilogue_of(op, s, n, strip + g.strip_floats());
    for (int group = 0; group < op.groups; group++) {
      const float* x = image + int64_t{group} * g.channels;
      for (int64_t f = filters.from; f < filters.to; f += PANEL) {
        const float* panel = s.panels + group * g.filters_padded * g.rows + panel_start(f, g.rows);
        const int64_t width = panel_lanes(f, g.filters_padded), filter = group * g.filters + f;
        const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
        WindowWalk walk(op, pixel, line, op.in.size(), static_cast<int>(rows.from));
        for (int64_t from = rows.from; from < rows.to; from += g.strip) {
          const int64_t to = from + g.strip < rows.to ? from + g.strip : rows.to;
          multiply(static_cast<int>(to - from) * row_positions, [&] { return x + walk.next(); }, taps, panel, width, lanes, strip,
                   PANEL);
          for (int64_t row = from; row < to; row++)
            pool_row_of(op, epilogue, strip + (row - from) * row_positions * PANEL, layout, row, filter, lanes);
        }
      }
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
