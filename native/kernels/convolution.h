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

// Outputs that no pooling follows leave the registers for their place among the outputs. A strip of them is made whole before the next one where all panels
// stay in the second cache, so that the outputs are written in their order.
inline void plain_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  constexpr int64_t CACHED = 65'536;
  float* room = s.scratch;
  if (g.padded) std::memset(room, 0, g.input.size() * sizeof(float));
  const Taps taps = taps_of(op.window, op.groups, g.channels, g.input);
  const int64_t line = int64_t{op.window.stride_y} * g.input.width * op.in.channels;
  const int64_t pixel = int64_t{op.window.stride_x} * op.in.channels;
  const int at_once = images_at_once(op, g, s), outputs = op.out.height * op.out.width;
  for (int n = 0; n < s.count; n += at_once) {
    const int images = s.count - n < at_once ? s.count - n : at_once, count = images * outputs;
    const int strip = op.groups == 1 && g.filters_padded * g.rows <= CACHED ? STRIP_PIXELS : count;
    const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    for (int group = 0; group < op.groups; group++)
      for (int first = 0; first < count; first += strip) {
        const int here = count - first < strip ? count - first : strip;
        float* y = s.value(op.output) + n * op.output.size + int64_t{first} * op.units;
        for (int64_t f = 0; f < g.filters; f += PANEL) {
          const float* panel = s.panels + group * g.filters_padded * g.rows + panel_start(f, g.rows);
          const int64_t width = panel_lanes(f, g.filters_padded), filter = group * g.filters + f;
          const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
          int i = first % outputs / op.out.width, j = first % op.out.width;
          const float* x = image + first / outputs * op.in.size() + int64_t{group} * g.channels;
          const auto next_row = [&] {
            const float* at = x + i * line + j * pixel;
            if (++j == op.out.width) j = 0, i++;
            if (i == op.out.height) i = 0, x += op.in.size();
            return at;
          };
          const float* bias = op.bias < 0 ? nullptr : s.parameters + op.bias + filter;
          if (lanes % W == 0 && !bias)
            multiply(here, next_row, taps, panel, width, lanes, y + filter, op.units);
          else
            multiply(here, next_row, taps, panel, width, lanes, [&](int p, int v, vec sums, int left) {
              store_part(y + int64_t{p} * op.units + filter + v, bias ? sums + load_part(bias + v, left) : sums, left);
            });
        }
        if (op.activation == Activation::linear || group + 1 < op.groups) continue;
        for_vectors(int64_t{here} * op.units, [&](int64_t at, int left) { store_part(y + at, activate(op, load_part(y + at, left)), left); });
      }
  }
}

inline void convolution_forward(const Op& op, const Shard& s) {
  const ConvolutionGeometry g(op);
  if (g.depthwise) return depthwise_forward(op, g, s);
  if (g.tile) return winograd_forward(op, g, s);
  if (g.grey) return grey_forward(op, g, s);
  if (!op.pools && !op.drops) return plain_forward(op, g, s);
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
          multiply((to - from) * row_positions, [&] { return x + walk.next(); }, taps, panel, width, lanes, strip, PANEL);
          for (int row = from; row < to; row++)
            pool_row_of(op, epilogue, strip + int64_t{row - from} * row_positions * PANEL, layout, row,
                        group * g.filters + f, lanes);
        }
      }
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
