// Dropout and gaussian noise. The twins of src/ops/{dropout,gaussian-noise}.ts.
#pragma once

#include "elementwise.h"

namespace heddle {
namespace HEDDLE_ISA {

// visit(position - first, lanes, numbers) over the positions [first, first + count) of the op's random stream, where
// draw(counters, numbers) makes PARTS vectors from each counter's words. A block of 16 * PARTS positions shares 16 counters,
// and part k of it holds the k-th number of each (see src/base/random.ts).
template <int PARTS, typename Draw, typename Visit>
inline void for_random(const Op& op, const Shard& s, int64_t first, int64_t count, Draw draw, Visit visit) {
  constexpr int64_t BLOCK = 16 * PARTS;
  const uvec ordinal = uvec{} + static_cast<uint32_t>(op.ordinal);
  const Words key = threefry(s.key[0], s.key[1], ordinal, 0);
  uvec lane;
  for (int i = 0; i < W; i++) lane[i] = static_cast<uint32_t>(i);
  const int64_t end = first + count;
  for (int64_t block = first / BLOCK * BLOCK; block < end; block += BLOCK) {
    for (int offset = 0; offset < 16; offset += W) {
      vec numbers[PARTS];
      draw(key.a[0], key.b[0], lane + static_cast<uint32_t>(block / PARTS + offset), numbers);
      for (int part = 0; part < PARTS; part++) {
        const int64_t from = block + part * 16 + offset;
        if (from >= end || from + W <= first) continue;
        if (from >= first && from + W <= end) {
          visit(from - first, W, numbers[part]);
          continue;
        }
        // The range begins or ends within this vector.
        for (int i = 0; i < W; i++)
          if (from + i >= first && from + i < end) visit(from + i - first, 1, splat(numbers[part][i]));
      }
    }
  }
}

// visit(position - first, lanes, factors): 0 where something is dropped, 1 / (1 - rate) where it is kept.
template <typename Visit>
inline void for_mask(const Op& op, const Shard& s, int64_t first, int64_t count, Visit visit) {
  const vec kept = splat(1.f / (1.f - op.rate));
  const ivec threshold = ivec{} + op.threshold;
  const auto factors = [&](uvec bits) { return reinterpret_cast<ivec>(bits) >= threshold ? kept : vec{}; };
  const auto draw = [&](uint32_t key0, uint32_t key1, uvec counter, vec* numbers) {
    const Words words = threefry<13>(key0, key1, counter, s.step);
    numbers[0] = factors(words.a >> 16);
    numbers[1] = factors(words.a & 0xffffu);
    numbers[2] = factors(words.b >> 16);
    numbers[3] = factors(words.b & 0xffffu);
  };
  for_random<4>(op, s, first, count, draw, visit);
}

// visit(position, lanes, factors) over the elements of the shard.
template <typename Visit>
inline void for_factors(const Op& op, const Shard& s, Visit visit) {
  const int64_t size = op.output.size, channels = op.covered_channels;
  if (channels == 0) return for_mask(op, s, s.first * size, s.count * size, visit);
  for (int64_t n = 0; n < s.count; n++) {
    for_mask(op, s, (s.first + n) * channels, channels, [&](int64_t c, int lanes, vec factors) {
      store_part(s.scratch + c, factors, lanes);
    });
    for (int64_t pixel = n * size; pixel < (n + 1) * size; pixel += channels)
      for_vectors(channels, [&](int64_t c, int lanes) {
        visit(pixel + c, lanes, load_part(s.scratch + c, lanes));
      });
  }
}

inline int64_t dropout_scratch_floats(const Op& op) { return op.covered_channels; }

inline void copy_value(const Op& op, const Shard& s) {
  std::memcpy(s.value(op.output), s.value(op.inputs[0]), s.count * op.output.size * sizeof(float));
}

inline void pass_gradient(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  const float* dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  for_vectors(s.count * op.output.size, [&](int64_t i, int lanes) {
    write(dx + i, load_part(dy + i, lanes), lanes, input.accumulate);
  });
}

inline void dropout_forward(const Op& op, const Shard& s) {
  if (!s.noise) return copy_value(op, s);
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  for_factors(op, s, [&](int64_t i, int lanes, vec factors) {
    store_part(y + i, load_part(x + i, lanes) * factors, lanes);
  });
}

inline void dropout_backward(const Op& op, const Shard& s) {
  const Operand& input = op.inputs[0];
  if (!input.has_gradient()) return;
  if (!s.noise) return pass_gradient(op, s);
  const float* dy = s.gradient(op.output);
  float* dx = s.gradient(input);
  for_factors(op, s, [&](int64_t i, int lanes, vec factors) {
    write(dx + i, load_part(dy + i, lanes) * factors, lanes, input.accumulate);
  });
}

// Two numbers from N(0, 1) for each lane: normalNumber in src/base/random.ts.
inline void draw_normals(Words words, vec* numbers) {
  const uvec first = (words.a >> 8) + 1u;
  const vec u = __builtin_convertvector(reinterpret_cast<ivec>(first), vec) * splat(0x1p-24f);
  const vec radius = sqrt(splat(-2.f) * log(u));
  const uvec second = words.b >> 8;
  vec sine, cosine;
  turn(reinterpret_cast<ivec>(second), &sine, &cosine);
  numbers[0] = radius * cosine;
  numbers[1] = radius * sine;
}

inline void gaussian_noise_forward(const Op& op, const Shard& s) {
  if (!s.noise) return copy_value(op, s);
  const float* x = s.value(op.inputs[0]);
  float* y = s.value(op.output);
  const vec stddev = splat(op.stddev);
  const auto draw = [&](uint32_t key0, uint32_t key1, uvec counter, vec* numbers) {
    draw_normals(threefry(key0, key1, counter, s.step), numbers);
  };
  for_random<2>(op, s, s.first * op.output.size, s.count * op.output.size, draw,
                [&](int64_t i, int lanes, vec normals) {
                  store_part(y + i, load_part(x + i, lanes) + stddev * normals, lanes);
                });
}

inline void gaussian_noise_backward(const Op& op, const Shard& s) {
  if (op.inputs[0].has_gradient()) pass_gradient(op, s);
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
