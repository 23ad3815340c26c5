// Numbers in other places: borders, axes in another order, images of another size. The twins of
// src/ops/{padding,permute,resize}.ts.
#pragma once

#include "merge.h"

namespace heddle {
namespace HEDDLE_ISA {

// The rows and the run of columns that the input and the output of a padding share.
struct Overlap {
  int first, end;  // rows of the output
  int64_t run, in_column, out_column;
  bool whole_input, whole_output;

  explicit Overlap(const Op& op) {
    const auto from = [](int at) { return at < 0 ? 0 : at; };
    const auto least = [](int a, int b) { return a < b ? a : b; };
    const int top = op.window.top, left = op.window.left, channels = op.in.channels;
    first = from(top);
    end = least(op.out.height, top + op.in.height);
    const int columns = least(op.out.width, left + op.in.width) - from(left);
    run = int64_t{columns} * channels;
    out_column = int64_t{from(left)} * channels;
    in_column = int64_t{from(-left)} * channels;
    whole_input = end - first == op.in.height && columns == op.in.width;
    whole_output = end - first == op.out.height && columns == op.out.width;
  }
};

inline int64_t line_of(const Image& image) { return int64_t{image.width} * image.channels; }

inline void padding_forward(const Op& op, const Shard& s) {
  const Overlap o(op);
  if (!o.whole_output) std::memset(s.value(op.output), 0, s.count * op.output.size * sizeof(float));
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.in.size() + o.in_column;
    float* y = s.value(op.output) + n * op.out.size() + o.out_column;
    for (int i = o.first; i < o.end; i++)
      std::memcpy(y + i * line_of(op.out), x + (i - op.window.top) * line_of(op.in), o.run * sizeof(float));
  }
}

inline void padding_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const Overlap o(op);
  if (!o.whole_input) clear_unless_accumulating(input, s, s.gradient(input));
  const bool accumulate = input.accumulate || !o.whole_input;
  for (int n = 0; n < s.count; n++) {
    const float* dy = s.gradient(op.output) + n * op.out.size() + o.out_column;
    float* dx = s.gradient(input) + n * op.in.size() + o.in_column;
    for (int i = o.first; i < o.end; i++)
      for_vectors(o.run, [&](int64_t k, int lanes) {
        write(dx + (i - op.window.top) * line_of(op.in) + k, load_part(dy + i * line_of(op.out) + k, lanes), lanes,
              accumulate);
      });
  }
}

inline void permute_forward(const Op& op, const Shard& s) {
  const Spread& from = op.spreads[0];
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.output.size;
    float* y = s.value(op.output) + n * op.output.size;
    for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
      const float* start = x + run_start(from, plane, line);
      for (int64_t c = 0; c < op.lanes; c++) y[at + c] = start[c * from.lane];
    });
  }
}

inline void permute_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  const Spread& from = op.spreads[0];
  for (int n = 0; n < s.count; n++) {
    const float* dy = s.gradient(op.output) + n * op.output.size;
    float* dx = s.gradient(input) + n * op.output.size;
    for_runs(op, [&](int64_t at, int64_t plane, int64_t line) {
      float* start = dx + run_start(from, plane, line);
      for (int64_t c = 0; c < op.lanes; c++) {
        float& to = start[c * from.lane];
        to = (input.accumulate ? to : 0) + dy[at + c];
      }
    });
  }
}

// visit(output offset of channel 0, the four pixels that it reads, their shares) for every pixel of one resized image.
template <typename Visit>
inline void for_resized(const Op& op, Visit visit) {
  const int64_t line = line_of(op.in), pixel = op.in.channels;
  int64_t out = 0;
  for (const ResizeTap& row : op.row_taps)
    for (const ResizeTap& column : op.column_taps) {
      const int64_t places[4] = {row.first * line + column.first * pixel, row.first * line + column.second * pixel,
                                 row.second * line + column.first * pixel, row.second * line + column.second * pixel};
      const float up = 1 - row.share, left = 1 - column.share;
      const float shares[4] = {up * left, up * column.share, row.share * left, row.share * column.share};
      visit(out, places, shares);
      out += pixel;
    }
}

inline void resize_forward(const Op& op, const Shard& s) {
  for (int n = 0; n < s.count; n++) {
    const float* x = s.value(op.inputs[0]) + n * op.in.size();
    float* y = s.value(op.output) + n * op.out.size();
    for_resized(op, [&](int64_t out, const int64_t* places, const float* shares) {
      for_vectors(op.in.channels, [&](int64_t c, int lanes) {
        vec total{};
        for (int k = 0; k < 4; k++)
          if (shares[k] > 0) total += splat(shares[k]) * load_part(x + places[k] + c, lanes);
        store_part(y + out + c, total, lanes);
      });
    });
  }
}

inline void resize_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  clear_unless_accumulating(input, s, s.gradient(input));
  for (int n = 0; n < s.count; n++) {
    const float* dy = s.gradient(op.output) + n * op.out.size();
    float* dx = s.gradient(input) + n * op.in.size();
    for_resized(op, [&](int64_t out, const int64_t* places, const float* shares) {
      for_vectors(op.in.channels, [&](int64_t c, int lanes) {
        const vec gradient = load_part(dy + out + c, lanes);
        for (int k = 0; k < 4; k++)
          if (shares[k] > 0) write(dx + places[k] + c, splat(shares[k]) * gradient, lanes, true);
      });
    });
  }
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
