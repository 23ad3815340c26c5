// Winograd's F(2 x 2, 3 x 3): four outputs of a 3 x 3 window for 16 products instead of 36 (Lavin and Gray, 2015).
//
//     outputs = Aᵀ [ Σ_c (G kernel Gᵀ) * (Bᵀ input B) ] A        * element by element, 4 x 4
//
// The transformed kernels are packed after each update: 16 matrices [channels, filters] a panel. Forward, a strip of
// output rows at a time: all 4 x 4 input tiles are transformed, each of the 16 matrices is one multiplication of tiles times
// panel, and the tiles of products become pixels of the strip, which the usual epilogue takes over. Tiles of
// the last odd row and column reach outside the image, where the input is padded with zeros.
#pragma once

#include "epilogue.h"

namespace heddle {
namespace HEDDLE_ISA {

constexpr int PRODUCTS = 16;

inline int64_t winograd_panel_floats(const ConvolutionGeometry& g) {
  return PRODUCTS * g.channels * g.filters_padded;
}

// Transformed input [PRODUCTS, tiles, channels], products [PRODUCTS, tiles, PANEL].
inline int64_t winograd_scratch_floats(const ConvolutionGeometry& g) {
  return g.strip_tiles() * PRODUCTS * (g.channels + PANEL) + W;
}

// (a, b, c) -> G (a, b, c)
inline void kernel_transform(vec a, vec b, vec c, vec to[4]) {
  const vec half = splat(0.5f), outer = (a + c) * half, inner = b * half;
  to[0] = a;
  to[1] = outer + inner;
  to[2] = outer - inner;
  to[3] = c;
}

inline void winograd_pack(const ConvolutionGeometry& g, const float* kernel, float* panels, int64_t filter) {
  const int64_t lanes = filter / PANEL * PANEL + PANEL <= g.filters_padded ? PANEL : g.filters_padded % PANEL;
  float* panel = panels + filter / PANEL * PANEL * PRODUCTS * g.channels + filter % PANEL;
  for_vectors(g.channels, [&](int64_t c, int here) {
    vec rows[4][3];
    for (int v = 0; v < 3; v++) {
      vec column[4];
      kernel_transform(load_part(kernel + v * g.channels + c, here), load_part(kernel + (3 + v) * g.channels + c, here),
                       load_part(kernel + (6 + v) * g.channels + c, here), column);
      for (int u = 0; u < 4; u++) rows[u][v] = column[u];
    }
    for (int u = 0; u < 4; u++) {
      vec all[4];
      kernel_transform(rows[u][0], rows[u][1], rows[u][2], all);
      for (int v = 0; v < 4; v++) {
        float numbers[W];
        store(numbers, all[v]);
        float* to = panel + ((u * 4 + v) * g.channels + c) * lanes;
        for (int i = 0; i < here && i < W; i++) to[i * lanes] = numbers[i];
      }
    }
  });
}

// One input tile, all channels: Bᵀ input B.
inline void winograd_input(const ConvolutionGeometry& g, const float* x, int64_t line, float* to, int64_t matrix) {
  for_vectors(g.channels, [&](int64_t c, int here) {
    vec rows[4][4];
    for (int v = 0; v < 4; v++) {
      vec d[4];
      for (int u = 0; u < 4; u++) d[u] = load_part(x + u * line + v * g.channels + c, here);
      rows[0][v] = d[0] - d[2];
      rows[1][v] = d[1] + d[2];
      rows[2][v] = d[2] - d[1];
      rows[3][v] = d[1] - d[3];
    }
    for (int u = 0; u < 4; u++) {
      const vec* r = rows[u];
      float* at = to + u * 4 * matrix + c;
      store_part(at, r[0] - r[2], here);
      store_part(at + matrix, r[1] + r[2], here);
      store_part(at + 2 * matrix, r[2] - r[1], here);
      store_part(at + 3 * matrix, r[1] - r[3], here);
    }
  });
}

// One tile of products, a vector of filters: Aᵀ products A.
inline void winograd_output(const float* products, int64_t matrix, vec to[2][2]) {
  vec left[2][4];
  for (int k = 0; k < 4; k++) {
    vec m[4];
    for (int u = 0; u < 4; u++) m[u] = load(products + (u * 4 + k) * matrix);
    left[0][k] = m[0] + m[1] + m[2];
    left[1][k] = m[1] - m[2] - m[3];
  }
  for (int u = 0; u < 2; u++) {
    const vec* m = left[u];
    to[u][0] = m[0] + m[1] + m[2];
    to[u][1] = m[1] - m[2] - m[3];
  }
}

// Output rows [first, first + rows) of one image, as transformed tiles.
inline void winograd_tiles(const Op& op, const ConvolutionGeometry& g, const float* image, int first, int rows,
                           float* tiles) {
  const int64_t line = int64_t{g.input.width} * op.in.channels;
  const int across = (g.used_width + 1) / 2;
  const int64_t matrix = int64_t{(rows + 1) / 2} * across * g.channels;
  for (int i = 0; i < (rows + 1) / 2; i++)
    for (int j = 0; j < across; j++)
      winograd_input(g, image + (first + 2 * i) * line + int64_t{2} * j * op.in.channels, line,
                     tiles + (int64_t{i} * across + j) * g.channels, matrix);
}

// The tiles times a panel of up to PANEL filters.
inline void winograd_multiply(const ConvolutionGeometry& g, const float* tiles, float* products, const float* panel,
                              int64_t width, int rows) {
  const int count = (rows + 1) / 2 * ((g.used_width + 1) / 2);
  const Taps taps{1, 1, g.channels, 0, 0};
  for (int k = 0; k < PRODUCTS; k++) {
    const float* row = tiles + int64_t{k} * count * g.channels;
    const auto next_row = [&] {
      const float* at = row;
      row += g.channels;
      return at;
    };
    float* to = products + int64_t{k} * count * PANEL;
    multiply(count, next_row, taps, panel + int64_t{k} * g.channels * width, width, static_cast<int>(width),
             [&](int t, int v, vec sums, int) { store(to + int64_t{t} * PANEL + v, sums); });
  }
}

// The products as pixels of a strip.
inline void winograd_strip(const ConvolutionGeometry& g, const float* products, int lanes, int rows, float* strip) {
  const int down = (rows + 1) / 2, across = (g.used_width + 1) / 2;
  const int64_t line = int64_t{g.used_width} * PANEL, matrix = int64_t{down} * across * PANEL;
  for (int i = 0; i < down; i++)
    for (int j = 0; j < across; j++, products += PANEL) {
      float* to = strip + 2 * i * line + int64_t{2} * j * PANEL;
      const int below = rows - 2 * i < 2 ? 1 : 2, beside = g.used_width - 2 * j < 2 ? 1 : 2;
      for (int v = 0; v < lanes; v += W) {
        vec outputs[2][2];
        winograd_output(products + v, matrix, outputs);
        for (int u = 0; u < below; u++)
          for (int q = 0; q < beside; q++) store(to + u * line + q * PANEL + v, outputs[u][q]);
      }
    }
}

inline bool pools_tiles(const Op& op) {
  return op.pool.height == 2 && op.pool.width == 2 && op.pool.stride_y == 2 && op.pool.stride_x == 2;
}

// If each tile is a pooling window, its outputs are pooled out of the registers.
inline void winograd_pool(const Op& op, const Epilogue& e, const float* products, int from, int to, int64_t filter,
                          int lanes) {
  const int64_t matrix = int64_t{to - from} * op.pooled.width * PANEL;
  for (int64_t window = int64_t{from} * op.pooled.width; window < int64_t{to} * op.pooled.width; window++, products += PANEL)
    for (int v = 0; v < lanes; v += W) {
      vec outputs[2][2];
      winograd_output(products + v, matrix, outputs);
      pool_window<2, 2>(op, e, window, filter + v, lanes - v, [&](int u, int q) { return outputs[u][q]; });
    }
}

// Strip by strip, so that its transformed input serves all panels.
inline void winograd_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  float* room = s.scratch;
  float* strip = room + g.room_floats();
  float* tiles = strip + g.strip_floats();
  float* products = tiles + g.strip_tiles() * PRODUCTS * g.channels;
  float* dropped = products + g.strip_tiles() * PRODUCTS * PANEL;
  if (g.padded) std::memset(room, 0, g.input.size() * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* image = padded_image(op, g, s.value(op.inputs[0]) + n * op.in.size(), room);
    const Epilogue epilogue = epilogue_of(op, s, n, dropped);
    for (int from = 0; from < op.pooled.height; from += g.strip) {
      const int to = from + g.strip < op.pooled.height ? from + g.strip : op.pooled.height;
      const int rows = (to - from) * g.pool_height;
      winograd_tiles(op, g, image, from * g.pool_height, rows, tiles);
      for (int64_t f = 0; f < g.filters; f += PANEL) {
        const int64_t width = panel_lanes(f, g.filters_padded);
        const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
        winograd_multiply(g, tiles, products, s.panels + f * PRODUCTS * g.channels, width, rows);
        if (pools_tiles(op)) {
          winograd_pool(op, epilogue, products, from, to, f, lanes);
          continue;
        }
        winograd_strip(g, products, lanes, rows, strip);
        const int64_t line = int64_t{g.used_width} * PANEL;
        const StripLayout layout = {line, PANEL, int64_t{op.pool.stride_x} * PANEL};
        for (int row = from; row < to; row++)
          pool_row_of(op, epilogue, strip + (row - from) * g.pool_height * line, layout, row, f, lanes);
      }
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
