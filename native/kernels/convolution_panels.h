// Memory that a convolution needs: its kernels as panels of lanes, the shards' sums of its gradients, scratch.
#pragma once

#include "depthwise_forward.h"
#include "first.h"
#include "geometry.h"
#include "kept_gradients.h"
#include "sparse.h"
#include "winograd_span.h"

namespace heddle {
namespace HEDDLE_ISA {

inline bool needs_turned_panels(const Op& op, const ConvolutionGeometry& g) {
  return op.inputs[0].has_gradient() && !g.sparse && !g.depthwise;
}

inline int64_t convolution_panel_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  if (g.spans) return 0;
  return g.groups * (g.forward_panel_floats() + (needs_turned_panels(op, g) ? g.turned_panel_floats() : 0));
}

// Size of one shard's part of the kernel's gradient: sums, [filters, rows], or lists in the sparse form; then the bias, a
// number for each filter; or transformed tiles, or gradients. In the dense form [groups, rows + 1, filters], the bias last.
inline int64_t kernel_partial_floats(const Op& op, const ConvolutionGeometry& g) {
  if (g.spans) return span_bias_at(op, g);
  if (g.listed) return round_up(FilterLists::floats(op, op.shard_size), 2);
  if (g.keeps_tiles) return kept_tiles_floats(op, g);
  if (g.keeps_gradients) return kept_gradient_floats(op);
  return g.sparse ? op.units * g.rows : g.groups * g.filters_padded * g.rows;
}

inline int64_t convolution_partial_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  if (g.spans) return span_partial_floats(op, g);
  return kernel_partial_floats(op, g) + (g.sparse ? op.units + W : g.groups * g.filters_padded);
}

// The lists of a shard or of one image in scratch.
inline int64_t list_floats(const Op& op, const ConvolutionGeometry& g) {
  return PositionLists::floats(op, g.listed ? op.shard_size : 1) + (g.listed ? 0 : FilterLists::floats(op, 1) + 1);
}

inline int64_t convolution_scratch_floats(const Op& op) {
  const ConvolutionGeometry g(op);
  if (g.spans) return span_scratch_floats(op, g);
  const int64_t backward = g.sparse  ? g.room_floats() + list_floats(op, g)
                           : g.first ? candidate_floats(g)
                           : g.back_tile ? winograd_backward_floats(op, g)
                                     : g.depthwise ? g.spread.size() + W + g.filters_padded
                           : g.reads_gradient ? 0
                                     : g.spread_images * g.spread.size() + W;
  const int64_t dropped = op.drops ? (op.out.size() + 3) / 4 : 0;
  if (g.tile) {
    const int64_t forward = with_form(g.tile, [&](auto form) { return winograd_forward_floats<form>(op, g); });
    return forward > g.room_floats() + backward ? forward : g.room_floats() + backward;
  }
  const int64_t forward = g.padded_images * g.room_floats() + g.strip_floats() + dropped;
  return forward > g.room_floats() + backward ? forward : g.room_floats() + backward;
}

// The place of a position of the window in a panel that is turned around: phase by phase, the last tap of each first.
inline int64_t turned_place(const Window& w, const ConvolutionGeometry& g, int u, int v) {
  const auto phase = [](int tap, int phases, int size) { return Phase(tap % phases, phases, 0, size, 1); };
  const Phase down = phase(u, g.phases_y, w.height), across = phase(v, g.phases_x, w.width);
  const int row = down.count - 1 - u / g.phases_y, column = across.count - 1 - v / g.phases_x;
  return int64_t{down.before} * w.width + int64_t{down.count} * across.before + int64_t{row} * across.count + column;
}

// And turned around: [channels as panels, positions, filters].
inline void pack_turned(const Op& op, const ConvolutionGeometry& g, const float* kernel, float* turned, int filter) {
  const int64_t positions = int64_t{op.window.height} * op.window.width;
  const int64_t turned_rows = positions * g.filters_padded;
  for (int position = 0; position < positions; position++) {
    const int64_t place = turned_place(op.window, g, position / op.window.width, position % op.window.width);
    const int64_t row = place * g.filters_padded + filter;
    const float* numbers = kernel + int64_t{position} * g.channels;
    for (int64_t c = 0; c < g.channels; c += PANEL) {
      const int64_t width = panel_lanes(c, g.channels_padded);
      float* to = turned + panel_start(c, turned_rows) + row * width;
      for (int64_t i = 0; i < width && c + i < g.channels; i++) to[i] = numbers[c + i];
    }
  }
}

inline void convolution_pack(const Op& op, const float* parameters, float* panels, int from, int to) {
  const ConvolutionGeometry g(op);
  if (g.spans) return;
  const float* kernels = parameters + op.kernel;
  if (g.depthwise) return depthwise_pack(g, kernels, panels, from, to);
  float* turned = panels + op.groups * g.forward_panel_floats();
  for (int unit = from; unit < to;) {
    const int group = unit / g.filters, first = group * g.filters;
    const int end = to < first + g.filters ? to : first + g.filters;
    if (g.tile)
      with_form(g.tile, [&](auto form) { winograd_pack<form>(g, kernels, panels, unit, end); });
    else
      pack_panels(g.rows, g.filters_padded, kernels + first * g.rows, panels + group * g.forward_panel_floats(), unit - first, end - first);
    if (!needs_turned_panels(op, g)) {
      unit = end;
      continue;
    }
    for (; unit < end; unit++) {
      const float* kernel = kernels + unit * g.rows;
      if (g.back_tile)
        with_form(g.back_tile, [&](auto form) { winograd_pack_turned<form>(g, kernel, turned, unit); });
      else
        pack_turned(op, g, kernel, turned + group * g.turned_panel_floats(), unit - first);
    }
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
