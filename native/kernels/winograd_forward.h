// The outputs of a convolution by tiles: see winograd.h.
#pragma once

#include "winograd.h"

namespace heddle {
namespace HEDDLE_ISA {

template <int M>
inline int64_t winograd_forward_floats(const Op& op, const ConvolutionGeometry& g) {
  const Tiles<M> tiles(g.used_height, g.used_width);
  const int64_t most = most_tiles(tiles), line = int64_t{tiles.across} * side_of(M);
  return g.channels + W + Tiles<M>::floats(most, g.channels) + Tiles<M>::floats(most, PANEL) +
         (op.drops ? (op.out.size() + 3) / 4 : 0) + side_of(M) * line * PANEL;
}

inline bool pools_pairs(const Op& op) {
  return op.pool.height == 2 && op.pool.width == 2 && op.pool.stride_y == 2 && op.pool.stride_x == 2;
}

// The outputs of a row of tiles that nothing pools.
template <int M, bool BOUNDS>
inline void finish_unpooled_row(const Op& op, const Shard& s, const Ending<BOUNDS>& ending, float* y, int row, int across,
                                const float* products, int64_t matrix, int64_t filter, int lanes) {
  constexpr int SIDE = side_of(M);
  const int below = op.out.height - row * SIDE < SIDE ? op.out.height - row * SIDE : SIDE;
  for (int v = 0; v < lanes; v += W) {
    const vec bias = bias_part(op, s, filter + v, lanes - v);
    for (int j = 0; j < across; j++) {
      const int beside = op.out.width - j * SIDE < SIDE ? op.out.width - j * SIDE : SIDE;
      vec outputs[SIDE][SIDE];
      foresee_tile<M>(y + (int64_t{row} * SIDE * op.out.width + (j + 1) * SIDE) * op.units + filter + v, op.out.width, op.units);
      outputs_of<M>(products + j * round_up(lanes, W) + v, matrix, outputs);
      float* to = y + (int64_t{row} * SIDE * op.out.width + j * SIDE) * op.units + filter + v;
      const auto keep = [&](int u, int q) {
        store_part(to + (int64_t{u} * op.out.width + q) * op.units, ending(outputs[u][q] + bias), lanes - v);
      };
      if (below == SIDE && beside == SIDE) {
#pragma GCC unroll 4
        for (int u = 0; u < SIDE; u++)
#pragma GCC unroll 4
          for (int q = 0; q < SIDE; q++) keep(u, q);
      } else {
        for (int u = 0; u < below; u++)
          for (int q = 0; q < beside; q++) keep(u, q);
      }
    }
  }
}

// The outputs of a row of tiles, pooled out of the registers where a tile holds whole windows; else by way of a strip.
template <int M>
inline void finish_tile_row(const Op& op, const ConvolutionGeometry& g, const Epilogue& e, int row, int across,
                            const float* products, int64_t matrix, int64_t filter, int lanes, float* strip) {
  constexpr int SIDE = side_of(M);
  const int below = g.used_height - row * SIDE < SIDE ? g.used_height - row * SIDE : SIDE;
  const int64_t line = int64_t{across} * SIDE * PANEL;
  for (int j = 0; j < across; j++, products += round_up(lanes, W)) {
    const int beside = g.used_width - j * SIDE < SIDE ? g.used_width - j * SIDE : SIDE;
    for (int v = 0; v < lanes; v += W) {
      vec outputs[SIDE][SIDE];
      outputs_of<M>(products + v, matrix, outputs);
      if (pools_pairs(op)) {
#pragma GCC unroll 2
        for (int u = 0; u < SIDE / 2; u++)
#pragma GCC unroll 2
          for (int q = 0; q < SIDE / 2; q++) {
            if (2 * u >= below || 2 * q >= beside) continue;
            const int64_t window = int64_t{row * (SIDE / 2) + u} * op.pooled.width + j * (SIDE / 2) + q;
            pool_window<2, 2>(op, e, window, filter + v, lanes - v,
                              [&](int y, int x) { return outputs[2 * u + y][2 * q + x]; });
          }
        continue;
      }
      for (int u = 0; u < SIDE; u++)
        for (int q = 0; q < SIDE; q++) {
          store(strip + u * line + (j * SIDE + q) * PANEL + v, outputs[u][q]);
        }
    }
  }
  if (pools_pairs(op)) return;
  const StripLayout layout = {line, PANEL, int64_t{op.pool.stride_x} * PANEL};
  for (int u = 0; u < below; u += g.pool_height)
    pool_row_of(op, e, strip + u * line, layout, (row * SIDE + u) / g.pool_height, filter, lanes);
}

template <int M>
inline void winograd_forward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const Tiles<M> tiles(g.used_height, g.used_width);
  const int64_t most = most_tiles(tiles);
  float* zeros = s.scratch;
  float* inputs = zeros + g.channels + W;
  float* products = inputs + Tiles<M>::floats(most, g.channels);
  float* strip = products + Tiles<M>::floats(most, PANEL);
  float* dropped = strip + int64_t{side_of(M)} * tiles.across * side_of(M) * PANEL;
  std::memset(zeros, 0, g.channels * sizeof(float));
  int drawn = -1;
  Epilogue epilogue{};
  const auto of_image = [&](int n) {
    if (n != drawn) epilogue = epilogue_of(op, s, n, dropped);
    drawn = n;
    return epilogue;
  };
  const bool by_filters = divides_by_filters(op, g);
  const Shard::Range filters = by_filters ? s.share(g.filters, PANEL) : Shard::Range{0, g.filters};
  const Shard::Range rows = by_filters ? Shard::Range{0, s.count * tiles.down} : s.share(s.count * tiles.down);
  const auto some_rows = [&](int first, int end) {
    const int count = (end - first) * tiles.across;
    const int64_t matrix = Tiles<M>::matrix(count, g.channels);
    for (int row = first; row < end; row++) {
      const TileImage image = {s.value(op.inputs[0]) + row / tiles.down * op.in.size(), op.in.height, op.in.width,
                               op.in.channels, zeros};
      for (int j = 0; j < tiles.across; j++)
        transform_tile<M, points_of(M), input_transform<M>>(image, row % tiles.down * side_of(M) - op.window.top,
                                                            j * side_of(M) - op.window.left,
                                                            inputs + (int64_t{row - first} * tiles.across + j) * g.channels, matrix);
    }
    for (int64_t f = filters.from; f < filters.to; f += PANEL) {
      const int64_t width = panel_lanes(f, g.filters_padded);
      const int lanes = static_cast<int>(g.filters - f < width ? g.filters - f : width);
      multiply_tiles<M>(inputs, matrix, count, g.channels, s.panels + panel_start(f, tile_rows(M, g.channels)), width, products);
      for (int row = first; row < end; row++) {
        const Epilogue e = of_image(row / tiles.down);
        const float* at = products + int64_t{row - first} * tiles.across * width;
        const int64_t apart = Tiles<M>::matrix(count, width);
        if (op.pools)
          finish_tile_row<M>(op, g, e, row % tiles.down, tiles.across, at, apart, f, lanes, strip);
        else
          with_ending(op, [&](auto ending) {
            finish_unpooled_row<M>(op, s, ending, e.y, row % tiles.down, tiles.across, at, apart, f, lanes);
          });
      }
    }
  };
  // What an image's dropout drops is drawn once, so its rows come together.
  if (op.drops) return for_tile_rows(tiles, s.count, true, some_rows);
  for_tile_rows_of(tiles, static_cast<int>(rows.from), static_cast<int>(rows.to), some_rows);
}

inline void winograd_forward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  with_form(g.tile, [&](auto form) { winograd_forward_of<form>(op, g, s); });
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
