// Vectors of a width fixed at compile time. One source serves every instruction set: the build compiles the
// kernels once for each, with HEDDLE_WIDTH set to the number of float lanes of a register.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#ifndef HEDDLE_WIDTH
#define HEDDLE_WIDTH 4
#endif

namespace heddle {
namespace HEDDLE_ISA {

constexpr int W = HEDDLE_WIDTH;

typedef float vec __attribute__((vector_size(W * sizeof(float))));
typedef int32_t ivec __attribute__((vector_size(W * sizeof(int32_t))));
typedef uint32_t uvec __attribute__((vector_size(W * sizeof(uint32_t))));
typedef uint8_t bvec __attribute__((vector_size(W)));
typedef uint8_t bvec_unaligned __attribute__((vector_size(W), aligned(1), may_alias));
typedef float vec_unaligned __attribute__((vector_size(W * sizeof(float)), aligned(4), may_alias));

inline vec load(const float* p) { return *reinterpret_cast<const vec_unaligned*>(p); }
inline void store(float* p, vec v) { *reinterpret_cast<vec_unaligned*>(p) = v; }

// x - 0 is x, also for -0; x + 0 would not be.
inline vec splat(float x) { return x - vec{}; }

#if HEDDLE_WIDTH == 8 && defined(__AVX2__)
// The mask of the first n lanes.
inline __m256i first_of(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

// The first n lanes, the rest zero. What lies behind them is not touched. A copy of a length that is not known costs as much as ten
// vectors, so that layers of 12 or 24 channels were slower than layers of 32.
inline vec load_part(const float* p, int n) {
  if (n >= W) return load(p);
#if HEDDLE_WIDTH == 16 && defined(__AVX512F__)
  return reinterpret_cast<vec>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p));
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
  return reinterpret_cast<vec>(_mm256_maskload_ps(p, first_of(n)));
#else
  vec v{};
  std::memcpy(&v, p, n * sizeof(float));
  return v;
#endif
}

inline void store_part(float* p, vec v, int n) {
  if (n >= W) return store(p, v);
#if HEDDLE_WIDTH == 16 && defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), reinterpret_cast<__m512>(v));
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
  _mm256_maskstore_ps(p, first_of(n), reinterpret_cast<__m256>(v));
#else
  std::memcpy(p, &v, n * sizeof(float));
#endif
}

// The numbers must be from 0 to 255.
inline bvec narrow(ivec v) {
#if HEDDLE_WIDTH == 16 && defined(__AVX512F__)
  return reinterpret_cast<bvec>(_mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(v)));
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
  const __m256i all = reinterpret_cast<__m256i>(v);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  const int64_t bytes = _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
  bvec narrowed;
  std::memcpy(&narrowed, &bytes, sizeof narrowed);
  return narrowed;
#else
  return __builtin_convertvector(v, bvec);
#endif
}

// Lane by lane one of the first numbers of `from`; only where the processor has an instruction for it.
#if HEDDLE_WIDTH == 16 && defined(__AVX512F__)
constexpr bool PICKS = true;
inline vec pick(vec from, ivec which) {
  return reinterpret_cast<vec>(
      _mm512_permutexvar_ps(reinterpret_cast<__m512i>(which), reinterpret_cast<__m512>(from)));
}
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
constexpr bool PICKS = true;
inline vec pick(vec from, ivec which) {
  return reinterpret_cast<vec>(
      _mm256_permutevar8x32_ps(reinterpret_cast<__m256>(from), reinterpret_cast<__m256i>(which)));
}
#else
constexpr bool PICKS = false;
inline vec pick(vec from, ivec) { return from; }
#endif

// The first n bytes, the rest zero.
inline bvec load_bytes_part(const uint8_t* p, int n) {
  if (n >= W) return *reinterpret_cast<const bvec_unaligned*>(p);
#if HEDDLE_WIDTH == 16 && defined(__AVX512BW__) && defined(__AVX512VL__)
  return reinterpret_cast<bvec>(_mm_maskz_loadu_epi8(static_cast<__mmask16>((1u << n) - 1), p));
#endif
  bvec v{};
  std::memcpy(&v, p, n);
  return v;
}

inline void store_bytes_part(uint8_t* p, bvec v, int n) {
  if (n >= W)
    *reinterpret_cast<bvec_unaligned*>(p) = v;
  else
#if HEDDLE_WIDTH == 16 && defined(__AVX512BW__) && defined(__AVX512VL__)
    _mm_mask_storeu_epi8(p, static_cast<__mmask16>((1u << n) - 1), reinterpret_cast<__m128i>(v));
#else
    std::memcpy(p, &v, n);
#endif
}

// GCC 12 takes the bytes of a conversion apart one by one if it cannot see their origin.
inline ivec widen(bvec v) {
#if HEDDLE_WIDTH == 16 && defined(__AVX512F__)
  return reinterpret_cast<ivec>(_mm512_cvtepu8_epi32(reinterpret_cast<__m128i>(v)));
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
  int64_t bytes;
  std::memcpy(&bytes, &v, sizeof bytes);
  return reinterpret_cast<ivec>(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes)));
#else
  return __builtin_convertvector(v, ivec);
#endif
}

#if defined(__AVX2__)
// The half of the lanes on each other, again and again.
inline float sum_of(__m256 v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
#endif

// The first S, or the last S, of each 2 S lanes of two vectors.
template <int S, bool LAST>
inline vec halves(vec a, vec b) {
  ivec which;
  for (int i = 0; i < W; i++) which[i] = i & S ? W + i - (LAST ? 0 : S) : i + (LAST ? S : 0);
#if defined(__clang__)
  vec both;
  for (int i = 0; i < W; i++) both[i] = which[i] < W ? a[which[i]] : b[which[i] - W];
  return both;
#else
  return __builtin_shuffle(a, b, which);
#endif
}

// W vectors as the rows of a matrix, turned into its columns.
template <int S = 1>
inline void transpose(vec rows[W]) {
  for (int i = 0; i < W; i++) {
    if (i & S) continue;
    const vec a = rows[i], b = rows[i + S];
    rows[i] = halves<S, false>(a, b);
    rows[i + S] = halves<S, true>(a, b);
  }
  if constexpr (2 * S < W) transpose<2 * S>(rows);
}

// Neighbours are added first, so that the order depends on the width alone.
inline float sum(vec v) {
#if HEDDLE_WIDTH == 16 && defined(__AVX512DQ__)
  const __m512 all = reinterpret_cast<__m512>(v);
  return sum_of(_mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1)));
#elif HEDDLE_WIDTH == 8 && defined(__AVX2__)
  return sum_of(reinterpret_cast<__m256>(v));
#endif
  float lane[W];
  std::memcpy(lane, &v, sizeof lane);
  for (int half = W / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  return lane[0];
}

// The sums of W vectors, side by side, each in that order.
template <int S = W / 2>
inline vec sums_of(vec* v) {
  for (int i = 0; i < S; i++) v[i] = halves<S, false>(v[i], v[i + S]) + halves<S, true>(v[i], v[i + S]);
  if constexpr (S > 1) return sums_of<S / 2>(v);
  return v[0];
}

// NaN stays NaN in all of these.
inline vec at_least(vec x, vec low) { return x < low ? low : x; }
inline vec at_most(vec x, vec high) { return x > high ? high : x; }

// e^x to about 2 units in the last place: x = n ln 2 + r, a polynomial in r, n added to the exponent (after Cephes).
inline vec exp(vec x) {
  const vec clamped = at_most(at_least(x, splat(-87.3f)), splat(88.7f));
  const vec shifted = clamped * splat(1.44269504088896341f);
  const ivec n = __builtin_convertvector(shifted + (shifted < splat(0.f) ? splat(-0.5f) : splat(0.5f)), ivec);
  const vec whole = __builtin_convertvector(n, vec);
  vec r = clamped - whole * splat(0.693359375f);
  r = r - whole * splat(-2.12194440e-4f);
  vec y = splat(1.9875691500e-4f);
  y = y * r + splat(1.3981999507e-3f);
  y = y * r + splat(8.3334519073e-3f);
  y = y * r + splat(4.1665795894e-2f);
  y = y * r + splat(1.6666665459e-1f);
  y = y * r + splat(5.0000001201e-1f);
  y = y * r * r + r + splat(1.f);
  // Half of n goes into each factor: 2^128 is no float.
  const ivec low = n >> 1;
  const ivec a = (low + 127) << 23, b = (n - low + 127) << 23;
  vec scale_a, scale_b;
  std::memcpy(&scale_a, &a, sizeof a);
  std::memcpy(&scale_b, &b, sizeof b);
  const vec result = y * scale_a * scale_b;
  const vec tiny = x < splat(-103.9f) ? splat(0.f) : result;
  return x > splat(88.72283f) ? splat(INFINITY) : tiny;
}

inline vec sigmoid(vec x) {
  const vec e = exp(x < splat(0.f) ? x : -x);
  const vec y = splat(1.f) / (splat(1.f) + e);
  return x < splat(0.f) ? e * y : y;
}

inline vec sqrt(vec x) {
  vec root;
  for (int k = 0; k < W; k++) root[k] = std::sqrt(x[k]);
  return root;
}

inline vec magnitude(vec x) { return x < splat(0.f) ? -x : x; }

// tanh: an odd polynomial near zero, where 1 - 2 / (e^2x + 1) would lose digits (after Cephes).
inline vec tanh(vec x) {
  const vec a = magnitude(x);
  const vec far = splat(1.f) - splat(2.f) / (exp(a + a) + splat(1.f));
  const vec z = x * x;
  vec p = splat(-5.70498872745e-3f);
  p = p * z + splat(2.06390887954e-2f);
  p = p * z + splat(-5.37397155531e-2f);
  p = p * z + splat(1.33314422036e-1f);
  p = p * z + splat(-3.33332819422e-1f);
  const vec near = x + x * z * p;
  return a < splat(0.625f) ? near : (x < splat(0.f) ? -far : far);
}

// e^x - 1 for x <= 0: its series near zero, where the difference would lose digits.
inline vec expm1_negative(vec x) {
  vec p = splat(1.f / 5040);
  p = p * x + splat(1.f / 720);
  p = p * x + splat(1.f / 120);
  p = p * x + splat(1.f / 24);
  p = p * x + splat(1.f / 6);
  p = p * x + splat(0.5f);
  p = p * x + splat(1.f);
  return x > splat(-0.5f) ? p * x : exp(x) - splat(1.f);
}

// The distribution function of N(0, 1) by erfc's rational fit, absolute error below 1.5e-7 / 2
// (Abramowitz and Stegun 7.1.26).
inline vec normal_cdf(vec x) {
  const vec z = magnitude(x) * splat(0.70710678118654752f);
  const vec t = splat(1.f) / (splat(1.f) + splat(0.3275911f) * z);
  vec p = splat(1.061405429f);
  p = p * t + splat(-1.453152027f);
  p = p * t + splat(1.421413741f);
  p = p * t + splat(-0.284496736f);
  p = p * t + splat(0.254829592f);
  const vec tail = splat(0.5f) * p * t * exp(-z * z);
  return x < splat(0.f) ? tail : splat(1.f) - tail;
}

// ln x of positive numbers that are not subnormal: x = m 2^e with m around one, a polynomial in m - 1 (after Cephes).
inline vec log(vec x) {
  ivec bits;
  std::memcpy(&bits, &x, sizeof bits);
  const ivec fraction = (bits & 0x007fffff) | 0x3f000000;  // m in [1/2, 1)
  vec m;
  std::memcpy(&m, &fraction, sizeof m);
  const vec e = __builtin_convertvector((bits >> 23) - 126, vec);
  const auto small = m < splat(0.707106781186547524f);
  const vec exponent = small ? e - splat(1.f) : e;
  const vec r = (small ? m + m : m) - splat(1.f);
  const vec z = r * r;
  vec p = splat(7.0376836292e-2f);
  p = p * r + splat(-1.1514610310e-1f);
  p = p * r + splat(1.1676998740e-1f);
  p = p * r + splat(-1.2420140846e-1f);
  p = p * r + splat(1.4249322787e-1f);
  p = p * r + splat(-1.6668057665e-1f);
  p = p * r + splat(2.0000714765e-1f);
  p = p * r + splat(-2.4999993993e-1f);
  p = p * r + splat(3.3333331174e-1f);
  const vec tail = p * r * z + exponent * splat(-2.12194440e-4f) - splat(0.5f) * z;
  return r + tail + exponent * splat(0.693359375f);
}

// ln(1 + x) for x from 0 to 1: the error of the rounded sum is divided out (after Kahan).
inline vec log1p(vec x) {
  const vec u = splat(1.f) + x, moved = u - splat(1.f);
  return moved > vec{} ? log(u) * (x / moved) : x;
}

// Sine and cosine of a turn of `part` / 2^24, in [0, 2^24): of what is left after whole quarters, by polynomials
// (after Cephes), then turned by the quarters.
inline void turn(ivec part, vec* sine, vec* cosine) {
  const ivec quarter = (part + (1 << 21)) >> 22;
  const vec x = __builtin_convertvector(part - (quarter << 22), vec) * splat(6.283185307179586f / 16777216);
  const vec z = x * x;
  const vec s = ((splat(-1.9515295891e-4f) * z + splat(8.3321608736e-3f)) * z + splat(-1.6666654611e-1f)) * z * x + x;
  const vec c = ((splat(2.443315711809948e-5f) * z + splat(-1.388731625493765e-3f)) * z +
                 splat(4.166664568298827e-2f)) * z * z - splat(0.5f) * z + splat(1.f);
  const ivec odd = (quarter & 1) != 0;
  const vec a = odd ? c : s, b = odd ? s : c;
  *sine = (quarter & 2) != 0 ? -a : a;
  *cosine = ((quarter + 1) & 2) != 0 ? -b : b;
}

// Threefry-2x32 on W counters at once: see src/base/random.ts.
struct Words {
  uvec a, b;
};

template <int ROUNDS = 20>
inline Words threefry(uint32_t key0, uint32_t key1, uvec counter, uint32_t step) {
  const uint32_t schedule[3] = {key0, key1, key0 ^ key1 ^ 0x1bd11bdau};
  const int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  uvec a = counter + key0, b = (uvec{} + step) + key1;
#pragma GCC unroll 20
  for (int round = 0; round < ROUNDS; round++) {
    const int r = rotations[round % 8];
    a += b;
    b = (b << r) | (b >> (32 - r));
    b ^= a;
    if (round % 4 == 3) {
      const int i = (round + 1) / 4;
      a += schedule[i % 3];
      b += schedule[(i + 1) % 3] + static_cast<uint32_t>(i);
    }
  }
  return {a, b};
}

}  // namespace HEDDLE_ISA
}  // namespace heddle
