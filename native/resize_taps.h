// What the lines of a resized image read: the numbers of src/ops/resize.ts.
#pragma once

#include <vector>

#include "program.h"

namespace heddle {

inline std::vector<ResizeTap> resize_taps(int from, int to, bool bilinear) {
  std::vector<ResizeTap> all;
  for (int64_t i = 0; i < to; i++) {
    const int nearest = static_cast<int>((2 * i + 1) * from / (2 * int64_t{to}));
    if (!bilinear) {
      all.push_back({nearest, nearest, 0});
      continue;
    }
    double at = (i + 0.5) * from / to - 0.5;
    at = at < 0 ? 0 : at > from - 1 ? from - 1 : at;
    const int first = static_cast<int>(at);
    all.push_back({first, first + 1 < from ? first + 1 : first, static_cast<float>(at - first)});
  }
  return all;
}

}  // namespace heddle
