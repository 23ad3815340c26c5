// The memory layout of a convolution: shared by its forward, dense and sparse backward passes.
#pragma once

#include "elementwise.h"
#include "multiply.h"
#include "noise.h"

namespace heddle {
namespace HEDDLE_ISA {

// Forms of Winograd's tiles (winograd.h): 2 or 4 outputs a side for a window of 3 x 3; WIDE more for one of 5 x 5. 0: no tiles.
constexpr int WIDE = 16;
constexpr int side_of(int form) { return form % WIDE; }
constexpr int window_of(int form) { return form < WIDE ? 3 : 5; }
constexpr int points_of(int form) { return side_of(form) + window_of(form) - 1; }

// Rows of a matrix of a transformed kernel: see winograd.h. The last one is not used, because matrices a power of two apart share few lines
// of the cache while they are packed side by side.
inline int64_t matrix_rows(int64_t channels) { return channels + 1; }
inline int64_t tile_rows(int form, int64_t channels) { return points_of(form) * points_of(form) * matrix_rows(channels); }

// Outputs whose sums stay in the first cache together.
constexpr int STRIP_PIXELS = 48;

// Outputs of an image, at most, whose gradients are kept for the end of the step.
constexpr int KEPT_OUTPUTS = 256;

struct ConvolutionGeometry {
  // Each filter reads one channel: see depthwise.h. Then all filters are one group, of one channel.
  bool depthwise;

  int groups;
  int channels, filters;  // of one group
  int64_t filters_padded, channels_padded;
  int64_t rows;  // numbers that one filter multiplies: kernel height * width * channels

  // Backward goes by lists of the gradients that a max pooling or a relu leave: see sparse.h.
  bool sparse;
  // The lists of all images of a shard are kept for the kernel's gradient.
  bool listed;
  // The first layer's, of few channels: see first.h.
  bool first;

  // The forms of tiles, forward and backward; backward only where it is dense.
  int tile, back_tile;
  // The transformed tiles of a shard are kept for the kernel's gradient: see winograd_backward.h.
  bool keeps_tiles;
  // In training, the whole batch goes through each panel together: see winograd_span.h.
  bool spans;
  // The gradients of a shard's outputs are kept for the kernel's gradient: see kept_gradients.h.
  bool keeps_gradients;
  // The gradient of the outputs needs no spreading: it is read where it lies: for windows of 1 x 1, or by tiles.
  bool reads_gradient, tiles_read_gradient;
  // Images that are multiplied together although each is copied: enough of them to serve a panel well. Forward, with their padding, and
  // backward, their spread-out gradients.
  int padded_images, spread_images;
  // Forward out of registers: see grey_forward.
  bool grey;

  // The input with its padding; the image itself where there is none.
  bool padded;
  Image input;

  // Output rows and columns that are used: pooling may drop the last ones.
  int used_height, used_width;
  // A strip is `strip` pooled rows of `pool_height` output rows each.
  int strip, pool_height;

  // The image of spread-out gradients: output (i, j) at (i * step + border). Without dilation, the pixels of the input fall into
  // phases, rows and columns that are a stride apart: the gradient of each is a convolution with strides of 1, by those taps of the
  // window that reach them, and nothing lies between the outputs. With dilation zeros do, and all pixels are one phase.
  Image spread;
  int phases_y, phases_x, step_y, step_x;
  int border_y, border_x;
  int base_y, base_x;  // where the window of input (0, 0) begins in it, if there is one phase

  explicit ConvolutionGeometry(const Op& op) {
    const Window& w = op.window;
    depthwise = op.groups > 1 && op.groups == op.in.channels;
    groups = depthwise ? 1 : op.groups;
    channels = op.in.channels / op.groups;
    filters = op.units / groups;
    filters_padded = round_up(filters, W);
    channels_padded = round_up(channels, W);
    rows = int64_t{w.height} * w.width * channels;

    pool_height = op.pools ? op.pool.height : 1;
    used_height = op.pools ? (op.pooled.height - 1) * op.pool.stride_y + op.pool.height : op.out.height;
    used_width = op.pools ? (op.pooled.width - 1) * op.pool.stride_x + op.pool.width : op.out.width;
    const auto most = [](int a, int b) { return a > b ? a : b; };
    const bool plain = op.groups == 1 && w.stride_y == 1 && w.stride_x == 1 && w.dilation_y == 1 && w.dilation_x == 1;
    const bool square = plain && w.height == w.width && (w.height == 3 || w.height == 5);
    const bool tiles_pool = !op.pools || (op.pool.stride_y == op.pool.height && 4 % op.pool.height == 0);
    // A program for one image at a time reads every kernel for that image alone.
    const bool alone = op.shard_size == 1 && !op.output.has_gradient();
    tile = square && tiles_pool ? tile_for(w.height, used_height, used_width, alone) : 0;
    if (side_of(tile) == 2 && pool_height == 4) tile = 0;
    strip = most(1, STRIP_PIXELS / (pool_height * used_width));

    const int reach_y = (w.height - 1) * w.dilation_y, reach_x = (w.width - 1) * w.dilation_x;
    input = {most(op.in.height + w.top, (op.out.height - 1) * w.stride_y + reach_y + 1),
             most(op.in.width + w.left, (op.out.width - 1) * w.stride_x + reach_x + 1),
             depthwise ? op.units : op.in.channels};
    padded = w.top > 0 || w.left > 0 || input.height > op.in.height || input.width > op.in.width ||
             input.channels > op.in.channels;

    // A pooling of two without relu leaves half of the gradients: too many to gain if only the kernel's gradient is needed.
    const bool back = op.inputs[0].has_gradient();
    const bool half = op.pool.height * op.pool.width <= 2 && op.activation != Activation::relu && !back;
    // Lists of a whole shard pay where they are shorter than its sums, or its input stays in the first cache.
    constexpr int64_t CACHED = 8192;
    const int64_t listed_numbers = int64_t{2} * op.shard_size * op.pooled.height * op.pooled.width;
    const int64_t shard_input = op.shard_size * op.in.size();
    const bool can_list = op.groups == 1 && channels >= W && !half;
    listed = can_list && !padded && (op.pools || op.activation == Activation::relu) && shard_input < 1 << 30 &&
             (listed_numbers < rows || (op.pools && shard_input <= CACHED));
    // Side by side under a window; four lanes are worth it for three.
    const int run = w.dilation_x == 1 ? w.width * channels : channels;
    sparse = listed || (op.pools && op.groups == 1 && !half && (channels >= W || (W == 4 && run >= 3)));
    first = op.pools && op.groups == 1 && !sparse && !half && !back;

    back_tile = square && !sparse && !first
                    ? tile_for(w.height, most(used_height, op.in.height), most(used_width, op.in.width))
                    : 0;
    const int64_t side = back_tile ? side_of(back_tile) : 1, products = points_of(back_tile) * points_of(back_tile);
    const int64_t shard_tiles = op.shard_size * ((used_height + side - 1) / side) * ((used_width + side - 1) / side);
    keeps_tiles = back_tile && shard_tiles * products * (channels + filters_padded) <= filters_padded * rows;

    // The transformed kernel is larger than the second cache, and channels come in whole blocks.
    constexpr int64_t LARGE = 1 << 20;
    spans = keeps_tiles && tile && w.height == 3 && !op.pools && op.output.has_gradient() && channels % 16 == 0 && filters % 16 == 0 &&
            forward_panel_floats() > LARGE;

    const int64_t outputs = int64_t{op.out.height} * op.out.width;
    keeps_gradients = op.groups == 1 && !op.pools && !sparse && !back_tile && channels >= W && outputs <= KEPT_OUTPUTS &&
                      op.shard_size * outputs <= rows;

    const int few = static_cast<int>(STRIP_PIXELS / outputs);
    spread_images = few < 1 ? 1 : few < op.shard_size ? few : op.shard_size;
    padded_images = op.pools || op.groups > 1 || tile ? 1 : spread_images;

    grey = op.groups == 1 && channels == 1 && w.height == 3 && w.width == 3 && w.stride_y == 1 && w.stride_x == 1 &&
           w.dilation_y == 1 && w.dilation_x == 1 && op.pools && op.pool.height == 2 && op.pool.width == 2;

    phases_y = w.dilation_y > 1 ? 1 : w.stride_y;
    phases_x = w.dilation_x > 1 ? 1 : w.stride_x;
    step_y = w.stride_y / phases_y;
    step_x = w.stride_x / phases_x;
    border_y = back ? (most(0, reach_y - w.top) + phases_y - 1) / phases_y : 0;
    border_x = back ? (most(0, reach_x - w.left) + phases_x - 1) / phases_x : 0;
    base_y = w.top + border_y - reach_y;
    base_x = w.left + border_x - reach_x;
    spread = {most((used_height - 1) * step_y + 1, back ? (op.in.height - 1 + w.top) / phases_y + 1 : 0) + border_y,
              most((used_width - 1) * step_x + 1, back ? (op.in.width - 1 + w.left) / phases_x + 1 : 0) + border_x,
              static_cast<int>(filters_padded)};
    reads_gradient = op.groups == 1 && !depthwise && w.height * w.width == 1 && !op.pools && op.activation == Activation::linear &&
                     border_y == 0 && border_x == 0 && step_y == 1 && step_x == 1 && spread.height == op.out.height &&
                     spread.width == op.out.width;
    if (reads_gradient) spread.channels = filters;
    tiles_read_gradient = back_tile && !op.pools && op.activation == Activation::linear && filters == filters_padded;
  }

  // Size of one group's kernel in the form that a pass reads: a number for each position of the window, or matrices of tiles.
  int64_t forward_panel_floats() const { return filters_padded * (tile ? tile_rows(tile, channels) : rows); }
  int64_t turned_panel_floats() const {
    return channels_padded * (back_tile ? tile_rows(back_tile, filters_padded) : rows / channels * filters_padded);
  }

  int64_t room_floats() const { return padded ? input.size() + W : 0; }
  int64_t strip_floats() const { return int64_t{strip} * pool_height * used_width * PANEL; }

 private:
  // The tiles that cost least for one pass over height x width outputs; none where they are not clearly better.
  // In operations on vectors, with what the transforms of a tile cost for each channel and each filter.
  // `alone`: the kernel's numbers, as many as a tile has products, come from beyond the second cache, if they do not fit into it.
  int tile_for(int window, int height, int width, bool alone = false) const {
    constexpr double CACHED = 1 << 18, READ = 10;
    const auto cost = [&](int side, double products, double channel, double filter) {
      const double tiles = double((height + side - 1) / side) * ((width + side - 1) / side);
      const double kernel = products * channels * filters_padded;
      return tiles * (kernel + channel * channels + filter * filters_padded) + (alone && kernel > CACHED ? READ * kernel : 0);
    };
    const double dense = 0.85 * cost(1, window * window, 0, 0);
    if (window == 5) return cost(2, 36, 600, 260) < dense ? WIDE + 2 : 0;
    const double two = cost(2, 16, 160, 120), four = cost(4, 36, 600, 500);
    if (dense <= two && dense <= four) return 0;
    return two < four ? 2 : 4;
  }
};

// Along one axis, the phase of the input's positions `phase`, `phase` + phases, …: what of a window reaches them.
struct Phase {
  int count;  // taps of the window: tap, tap + phases, …
  int tap;    // the first one
  int before;  // taps of the phases whose first tap is smaller
  int from;   // where the taps of position `phase` begin, in outputs

  Phase(int phase, int phases, int padding, int size, int dilation) {
    tap = (phase + padding) % phases;
    count = tap < size ? (size - tap + phases - 1) / phases : 0;
    before = 0;
    for (int t = 0; t < tap; t++) before += t < size ? (size - t + phases - 1) / phases : 0;
    from = (phase + padding - tap) / phases - (count - 1) * dilation;
  }
};

// The taps of a window over an image; a row of the window is one run where nothing lies between its columns.
inline Taps taps_of(const Window& w, int groups, int run, const Image& image) {
  const int64_t pixel = image.channels, line = int64_t{image.width} * image.channels;
  if (w.dilation_x == 1 && groups == 1) return {w.height, 1, w.width * run, w.dilation_y * line, 0};
  return {w.height, w.width, run, w.dilation_y * line, w.dilation_x * pixel};
}

// A shard is divided by filters where these are the larger part of what is read and written, else by rows.
inline bool divides_by_filters(const Op& op, const ConvolutionGeometry& g) {
  return op.groups == 1 && !g.depthwise && g.filters_padded > PANEL && g.filters * g.rows > op.in.size() + op.output.size;
}

// Zeros around each image that `padded_image` copies to `room`.
inline void clear_border(const Op& op, const ConvolutionGeometry& g, float* room, int images = 1) {
  if (!g.padded || images == 0) return;
  clear_border(op, g, room + g.input.size(), images - 1);
  const int64_t line = int64_t{g.input.width} * g.input.channels;
  const int64_t left = int64_t{op.window.left} * g.input.channels, inner = int64_t{op.in.width} * g.input.channels;
  for (int i = 0; i < g.input.height; i++, room += line) {
    const bool outside = i < op.window.top || i >= op.window.top + op.in.height;
    std::memset(room, 0, (outside ? line : left) * sizeof(float));
    if (!outside) std::memset(room + left + inner, 0, (line - left - inner) * sizeof(float));
  }
}

// The lines of the input that the rows [from, to) of pooled outputs read.
struct Lines {
  int from, to;
};
inline Lines lines_of(const Op& op, int64_t from, int64_t to) {
  const Window& w = op.window;
  const int64_t step = int64_t{w.stride_y} * (op.pools ? op.pool.stride_y : 1);
  const int64_t reach = int64_t{w.stride_y} * ((op.pools ? op.pool.height : 1) - 1) + int64_t{w.dilation_y} * (w.height - 1) + 1;
  const int64_t first = from * step - w.top, end = (to - 1) * step + reach - w.top;
  return {static_cast<int>(first > 0 ? first : 0), static_cast<int>(end < op.in.height ? end : op.in.height)};
}

// The input of an image inside its padding, or some lines of it. `room` keeps its border of zeros from image to image.
inline const float* padded_image(const Op& op, const ConvolutionGeometry& g, const float* x, float* room, Lines lines) {
  if (!g.padded) return x;
  const int64_t line = int64_t{op.in.width} * op.in.channels;
  for (int i = lines.from; i < lines.to; i++) {
    float* to = room + ((int64_t{i} + op.window.top) * g.input.width + op.window.left) * op.in.channels;
    std::memcpy(to, x + i * line, line * sizeof(float));
  }
  return room;
}

inline const float* padded_image(const Op& op, const ConvolutionGeometry& g, const float* x, float* room) {
  return padded_image(op, g, x, room, {0, op.in.height});
}

// What kept values are multiplied by where a dropout is fused; else 1.
inline float kept_factor(const Op& op, const Shard& s) { return op.drops && s.noise ? 1.f / (1.f - op.rate) : 1.f; }

// The gradient before pooling, dropout and activation, of the value that won: of outputs y with the gradient dy. Where a relu
// and a dropout leave zero, nothing passes, whichever of the two it was.
inline vec winner_gradient(const Op& op, vec y, vec dy, vec kept) {
  return dy * derivative_from_output(op, y) * kept;
}

// Fused dropout: the bytes of image n's outputs before pooling that are 1 where a value is dropped.
inline void draw_dropped(const Op& op, const Shard& s, int n, uint8_t* dropped) {
  const int64_t size = op.out.size();
  for_mask(op, s, (s.first + n) * size, size, [&](int64_t i, int lanes, vec factors) {
    store_bytes_part(dropped + i, narrow((factors == vec{}) & 1), lanes);
  });
}

// One byte for each pooled value of image n: the position within its window that won.
inline uint8_t* winners_of(const Op& op, const Shard& s, int n) {
  return op.pools ? reinterpret_cast<uint8_t*>(s.arena + op.saved) + n * op.output.size : nullptr;
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
