// The gradients of a convolution by Winograd's tiles: see winograd.h.
//
// - input: a convolution of the spread-out gradient with the kernel turned around, as forward;
// - kernel: Gᵀ [ Σ_tiles (Bᵀ input B) * (A gradient Aᵀ) ] G, the adjoint of the forward pass. Each of the PRODUCTS matrices is a
//   multiplication [channels, tiles] x [tiles, filters]. The images of a shard are added up in its scratch; or, where the transformed
//   tiles of a shard are no larger than the kernel, they are kept, and `finish_tiles` adds up the whole batch.
//
// Images come in groups, so that small ones fill the registers together.
#pragma once

#include "winograd.h"

namespace heddle {
namespace HEDDLE_ISA {

inline void add_bias_gradient(const Op& op, const float* gradients, int images, float* sums) {
  for (int64_t at = 0; at < images * op.output.size; at += op.units)
    for_vectors(op.units, [&](int64_t f, int lanes) { write(sums + f, load_part(gradients + at + f, lanes), lanes, true); });
}

// The gradients of some images before the activation, spread out or where they lie.
struct GradientImages {
  const float* first;
  int64_t size;
  int height, width, channels;
  int border_y, border_x;  // where that of output (0, 0) is
  const float* zeros;

  TileImage at(int64_t image) const { return {first + image * size, height, width, channels, zeros}; }
};

// Those of a shard's images from n on; `room` for those that are spread out has zeros around them. Adds up the gradient of the bias.
inline GradientImages gradient_images(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, int images, const float* zeros, float* room,
                                      float* bias) {
  if (g.tiles_read_gradient) {
    const float* gradients = s.gradient(op.output) + n * op.output.size;
    if (op.bias >= 0) add_bias_gradient(op, gradients, images, bias);
    return {gradients, op.output.size, op.out.height, op.out.width, op.units, 0, 0, zeros};
  }
  for (int i = 0; i < images; i++) spread_gradient(op, g, s, n + i, 0, room + i * g.spread.size(), bias);
  return {room, g.spread.size(), g.spread.height, g.spread.width, g.spread.channels, g.border_y, g.border_x, zeros};
}

inline int64_t gradient_images_floats(const ConvolutionGeometry& g, int images) {
  return g.tiles_read_gradient ? 0 : images * g.spread.size() + W;
}

// Scratch of the backward pass; places are counted in floats.
template <int M>
struct GradientRoom {
  Tiles<M> outputs, inputs;
  int images;            // of a group
  int64_t kernel_tiles;  // transformed at a time
  int64_t spread, sums, from_input, from_gradient, products, floats;  // zeros come first

  GradientRoom(const Op& op, const ConvolutionGeometry& g)
      : outputs(g.used_height, g.used_width), inputs(op.in.height, op.in.width) {
    const int64_t few = outputs.of_image() < FEW_TILES ? FEW_TILES / outputs.of_image() : 1;
    images = static_cast<int>(few < op.shard_size ? few : op.shard_size);
    constexpr int64_t CACHED = 160'000;  // numbers of both transforms
    const int64_t all = images * outputs.of_image(), fits = CACHED / (PRODUCTS<M> * (g.channels + g.filters_padded));
    kernel_tiles = g.keeps_tiles ? 0 : fits < FEW_TILES ? FEW_TILES : fits;
    if (kernel_tiles > all) kernel_tiles = all;
    const int64_t most = most_tiles(inputs), widest = g.channels > g.filters_padded ? g.channels : g.filters_padded;
    spread = widest + W;
    sums = spread + gradient_images_floats(g, images);
    from_input = sums + (g.keeps_tiles ? 0 : PRODUCTS<M> * g.channels * g.filters_padded);
    from_gradient = from_input + Tiles<M>::floats(kernel_tiles, g.channels);
    products = from_gradient + Tiles<M>::floats(most > kernel_tiles ? most : kernel_tiles, g.filters_padded);
    floats = products + Tiles<M>::floats(most, PANEL);
  }
};

// sums[c, f] += Σ_tiles x[tile, c] d[tile, f]: R channels times V vectors of filters.
template <int R, int V>
inline void tile_sums(const float* x, int64_t channels, const float* d, int64_t filters, int64_t count, float* sums,
                      int64_t sums_step) {
  vec total[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) total[r][v] = load(sums + r * sums_step + v * W);
  for (int64_t t = 0; t < count; t++, x += channels, d += filters) {
    vec gradient[V];
    for (int v = 0; v < V; v++) gradient[v] = load(d + v * W);
    for (int r = 0; r < R; r++) {
      const vec number = splat(x[r]);
      for (int v = 0; v < V; v++) total[r][v] += number * gradient[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(sums + r * sums_step + v * W, total[r][v]);
}

template <int V, int R = ROWS>
inline void tile_sums_of(int rows, const float* x, int64_t channels, const float* d, int64_t filters, int64_t count,
                         float* sums, int64_t sums_step) {
  if (rows >= R) return tile_sums<R, V>(x, channels, d, filters, count, sums, sums_step);
  if constexpr (R > 1) tile_sums_of<V, R - 1>(rows, x, channels, d, filters, count, sums, sums_step);
}

// The places of transformed tiles: the distances between tiles, between matrices and between blocks of channels.
struct TileLayout {
  float* at;
  int64_t tile, matrix, block;
};

// Transforms the tiles [first, end) of a group of images and their gradients: what the kernel's gradient is made of.
template <int M>
inline void transform_tiles(const Op& op, const ConvolutionGeometry& g, const Tiles<M>& outputs, const float* x, const GradientImages& gradients,
                            int64_t first, int64_t end, const TileLayout& from_input, const TileLayout& from_gradient) {
  for (int64_t tile = first; tile < end; tile++) {
    const int64_t image = tile / outputs.of_image(), place = tile % outputs.of_image();
    const int row = static_cast<int>(place / outputs.across) * side_of(M), column = static_cast<int>(place % outputs.across) * side_of(M);
    const TileImage input = {x + image * op.in.size(), op.in.height, op.in.width, g.channels, gradients.zeros};
    transform_tile<M, points_of(M), input_transform<M>>(input, row - op.window.top, column - op.window.left,
                                                 from_input.at + (tile - first) * from_input.tile, from_input.matrix,
                                                 from_input.block);
    transform_tile<M, side_of(M), gradient_transform<M>>(gradients.at(image), row + gradients.border_y, column + gradients.border_x,
                                                from_gradient.at + (tile - first) * from_gradient.tile, from_gradient.matrix,
                                                from_gradient.block);
  }
}

// Adds the tiles [first, end) of a group of images to the sums.
template <int M>
inline void add_tiles(const Op& op, const ConvolutionGeometry& g, const GradientRoom<M>& room, float* scratch, const float* x, const GradientImages& from,
                      int64_t first, int64_t end) {
  const int64_t count = end - first;
  const int64_t input_matrix = Tiles<M>::matrix(count, g.channels), gradient_matrix = Tiles<M>::matrix(count, g.filters_padded);
  transform_tiles(op, g, room.outputs, x, from, first, end, {scratch + room.from_input, g.channels, input_matrix, BLOCK},
                  {scratch + room.from_gradient, g.filters_padded, gradient_matrix, BLOCK});
  for (int k = 0; k < PRODUCTS<M>; k++) {
    const float* numbers = scratch + room.from_input + k * input_matrix;
    const float* gradients = scratch + room.from_gradient + k * gradient_matrix;
    float* sums = scratch + room.sums + int64_t{k} * g.channels * g.filters_padded;
    for (int64_t f = 0; f < g.filters_padded; f += PANEL)
      for (int c = 0; c < g.channels; c += ROWS) {
        const int here = g.channels - c < ROWS ? g.channels - c : ROWS;
        float* to = sums + c * g.filters_padded + f;
        if (panel_lanes(f, g.filters_padded) > W)
          tile_sums_of<2>(here, numbers + c, g.channels, gradients + f, g.filters_padded, count, to,
                          g.filters_padded);
        else
          tile_sums_of<1>(here, numbers + c, g.channels, gradients + f, g.filters_padded, count, to,
                          g.filters_padded);
      }
  }
}

// The sums of all matrices as the kernel's gradient: [rows, filters].
template <int M>
inline void finish_sums(const ConvolutionGeometry& g, const float* sums, float* gradient) {
  constexpr int T = points_of(M), K = window_of(M);
  const int64_t matrix = g.channels * g.filters_padded;
  for (int c = 0; c < g.channels; c++)
    for (int64_t f = 0; f < g.filters_padded; f += W) {
      vec all[T][T], kernel[K][K];
      for (int u = 0; u < T; u++)
        for (int v = 0; v < T; v++) all[u][v] = load(sums + (u * T + v) * matrix + c * g.filters_padded + f);
      transform_square<T, K, sums_transform<M>>(all, kernel);
      for (int k = 0; k < K * K; k++)
        store(gradient + (int64_t{k} * g.channels + c) * g.filters_padded + f, kernel[k / K][k % K]);
    }
}

// A row of tiles of the input's gradient dx of one image.
template <int M>
inline void write_gradient_row(const Op& op, float* dx, int row, int across, const float* products, int64_t matrix, int64_t channel, int lanes) {
  constexpr int SIDE = side_of(M);
  for (int j = 0; j < across; j++, products += round_up(lanes, W)) {
    const int y = row * SIDE, x = j * SIDE;
    float* to = dx + (int64_t{y} * op.in.width + x) * op.in.channels + channel;
    for (int v = 0; v < lanes; v += W) {
      vec outputs[SIDE][SIDE];
      foresee_tile<M>(to + SIDE * op.in.channels + v, op.in.width, op.in.channels);
      outputs_of<M>(products + v, matrix, outputs);
      for (int u = 0; u < SIDE && y + u < op.in.height; u++)
        for (int q = 0; q < SIDE && x + q < op.in.width; q++)
          write(to + (int64_t{u} * op.in.width + q) * op.in.channels + v, outputs[u][q], lanes - v, op.inputs[0].accumulate);
    }
  }
}

// The input's gradient of a group of images.
template <int M>
inline void tiled_input_gradient(const Op& op, const ConvolutionGeometry& g, const GradientRoom<M>& room, float* scratch,
                                 const GradientImages& gradients, const float* panels, int images, float* dx) {
  const int top = g.base_y - g.border_y + gradients.border_y, left = g.base_x - g.border_x + gradients.border_x;
  const Tiles<M>& tiles = room.inputs;
  const int filters = static_cast<int>(g.filters_padded);
  for_tile_rows(tiles, images, false, [&](int first, int end) {
    const int count = (end - first) * tiles.across;
    const int64_t matrix = Tiles<M>::matrix(count, filters);
    for (int row = first; row < end; row++) {
      const TileImage gradient = gradients.at(row / tiles.down);
      for (int j = 0; j < tiles.across; j++)
        transform_tile<M, points_of(M), input_transform<M>>(gradient, row % tiles.down * side_of(M) + top, j * side_of(M) + left,
                                                     scratch + room.from_gradient + (int64_t{row - first} * tiles.across + j) * filters,
                                                     matrix);
    }
    for (int64_t c = 0; c < g.channels; c += PANEL) {
      const int64_t width = panel_lanes(c, g.channels_padded);
      const int lanes = static_cast<int>(g.channels - c < width ? g.channels - c : width);
      multiply_tiles<M>(scratch + room.from_gradient, matrix, count, filters, panels + panel_start(c, tile_rows(M, filters)), width,
                        scratch + room.products);
      const float* products = scratch + room.products;
      for (int row = first; row < end; row++, products += tiles.across * width)
        write_gradient_row<M>(op, dx + row / tiles.down * op.in.size(), row % tiles.down, tiles.across, products, Tiles<M>::matrix(count, width), c, lanes);
    }
  });
}

// The transformed tiles of `images` images that a shard keeps: [blocks of channels, PRODUCTS, tiles, BLOCK] of the input, then of the
// gradient. So the numbers that one block of filters and one of channels need lie side by side. Places are counted in floats.
template <int M>
struct KeptTiles {
  int64_t count, matrix, block, gradients, floats;

  KeptTiles(const ConvolutionGeometry& g, int images)
      : count(images * Tiles<M>(g.used_height, g.used_width).of_image()),
        matrix(Tiles<M>::matrix(count, BLOCK)),
        block(PRODUCTS<M> * matrix),
        gradients(round_up(g.channels, BLOCK) / BLOCK * block),
        floats(gradients + round_up(g.filters_padded, BLOCK) / BLOCK * block) {}
};

inline int64_t kept_tiles_floats(const Op& op, const ConvolutionGeometry& g) {
  return with_form(g.back_tile, [&](auto form) { return KeptTiles<form>(g, op.shard_size).floats; });
}

// Keeps the tiles of images from the shard's n-th on, and of their gradients.
template <int M>
inline void keep_tiles(const Op& op, const ConvolutionGeometry& g, const Shard& s, int n, int images, const GradientImages& gradients) {
  const KeptTiles<M> kept(g, op.shard_size);
  const Tiles<M> outputs(g.used_height, g.used_width);
  float* at = s.partials + n * outputs.of_image() * BLOCK;
  transform_tiles(op, g, outputs, s.value(op.inputs[0]) + n * op.in.size(), gradients, 0, images * outputs.of_image(),
                  {at, BLOCK, kept.matrix, kept.block}, {at + kept.gradients, BLOCK, kept.matrix, kept.block});
}

template <int M>
inline void winograd_backward_of(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  const GradientRoom<M> room(op, g);
  const bool keeps = op.learns() && g.keeps_tiles, sums = op.learns() && !g.keeps_tiles;
  float* bias = s.partials + (g.keeps_tiles ? kept_tiles_floats(op, g) : g.filters_padded * g.rows);
  std::memset(s.scratch, 0, room.from_input * sizeof(float));
  for (int n = 0; n < s.count; n += room.images) {
    const int images = s.count - n < room.images ? s.count - n : room.images;
    const GradientImages gradients = gradient_images(op, g, s, n, images, s.scratch, s.scratch + room.spread, bias);
    const int64_t all = images * room.outputs.of_image();
    const float* x = s.value(op.inputs[0]) + n * op.in.size();
    if (keeps) keep_tiles<M>(op, g, s, n, images, gradients);
    for (int64_t first = 0; first < all && sums; first += room.kernel_tiles)
      add_tiles<M>(op, g, room, s.scratch, x, gradients, first, first + room.kernel_tiles < all ? first + room.kernel_tiles : all);
    if (op.inputs[0].has_gradient())
      tiled_input_gradient<M>(op, g, room, s.scratch, gradients, s.panels + g.forward_panel_floats(), images,
                              s.gradient(op.inputs[0]) + n * op.in.size());
  }
  if (sums) finish_sums<M>(g, s.scratch + room.sums, s.partials);
}

// sums[c, f] = Σ over all tiles of one matrix, for R channels of a block and V vectors of filters: of shards whose tiles begin at
// x(shard) and d(shard).
template <int R, int V, typename Place>
inline void kept_sums(int shards, Place place, float* sums) {
  vec total[R][V] = {};
  for (int shard = 0; shard < shards; shard++) {
    const float *x, *d;
    for (int64_t count = place(shard, &x, &d); count > 0; count--, x += BLOCK, d += BLOCK) {
      vec gradients[V];
      for (int v = 0; v < V; v++) gradients[v] = load(d + v * W);
      for (int r = 0; r < R; r++) {
        const vec number = splat(x[r]);
        for (int v = 0; v < V; v++) total[r][v] += number * gradients[v];
      }
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(sums + r * BLOCK + v * W, total[r][v]);
}

// The gradients [K x K, channels of a block, filters of a block] of the filters from f on, as rows of the kernel's gradient.
template <int K>
inline void turn_block(const ConvolutionGeometry& g, const float (*numbers)[BLOCK][BLOCK], float* gradients, int64_t c, int64_t f) {
  for (int k = 0; k < K * K; k++)
    for (int r = 0; r < BLOCK; r += W)
      for (int v = 0; v < BLOCK; v += W) {
        vec rows[W];
        for (int i = 0; i < W; i++) rows[i] = load(numbers[k][r + i] + v);
        transpose(rows);
        for (int i = 0; i < W; i++) store(gradients + (f + v + i) * g.rows + k * g.channels + c + r, rows[i]);
      }
}

// The kernel's gradient of the filters [from, to) over the whole batch, from the tiles that the shards have kept.
template <int M>
inline void finish_tiles_of(const Op& op, const ConvolutionGeometry& g, const Batch& b, float* gradients, int from, int to) {
  constexpr int T = points_of(M), K = window_of(M), V = BLOCK / W < 2 ? BLOCK / W : 2, R = V == 1 ? BLOCK : 4;
  const KeptTiles<M> kept(g, op.shard_size);
  const int64_t of_image = Tiles<M>(g.used_height, g.used_width).of_image();
  for (int c = 0; c < g.channels; c += BLOCK)
    for (int f = from / BLOCK * BLOCK; f < to; f += BLOCK) {
      float sums[PRODUCTS<M>][BLOCK * BLOCK];
      for (int k = 0; k < PRODUCTS<M>; k++)
        for (int r = 0; r < BLOCK; r += R)
          for (int v = 0; v < BLOCK; v += V * W)
            kept_sums<R, V>(b.shards, [&](int shard, const float** x, const float** d) {
              const float* part = b.part(shard) + k * kept.matrix;
              *x = part + c / BLOCK * kept.block + r;
              *d = part + kept.gradients + f / BLOCK * kept.block + v;
              return b.examples(shard) * of_image;
            }, sums[k] + r * BLOCK + v);
      const int here = g.channels - c < BLOCK ? g.channels - c : BLOCK;
      float numbers[K * K][BLOCK][BLOCK];
      for (int r = 0; r < here; r++)
        for (int v = 0; v < BLOCK; v += W) {
          vec all[T][T], kernel[K][K];
          for (int k = 0; k < PRODUCTS<M>; k++) all[k / T][k % T] = load(sums[k] + r * BLOCK + v);
          transform_square<T, K, sums_transform<M>>(all, kernel);
          for (int k = 0; k < K * K; k++) store(numbers[k][r] + v, kernel[k / K][k % K]);
        }
      if (here == BLOCK && f >= from && f + BLOCK <= to) {
        turn_block<K>(g, numbers, gradients, c, f);
        continue;
      }
      for (int unit = f > from ? f : from; unit < to && unit < f + BLOCK; unit++)
        for (int k = 0; k < K * K; k++)
          for (int r = 0; r < here; r++) gradients[unit * g.rows + k * g.channels + c + r] = numbers[k][r][unit - f];
    }
}

inline void finish_tiles(const Op& op, const ConvolutionGeometry& g, const Batch& b, float* gradients, int from, int to) {
  with_form(g.back_tile, [&](auto form) { finish_tiles_of<form>(op, g, b, gradients, from, to); });
}

inline int64_t winograd_backward_floats(const Op& op, const ConvolutionGeometry& g) {
  return with_form(g.back_tile, [&](auto form) { return GradientRoom<form>(op, g).floats; });
}

inline void winograd_backward(const Op& op, const ConvolutionGeometry& g, const Shard& s) {
  with_form(g.back_tile, [&](auto form) { winograd_backward_of<form>(op, g, s); });
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
