// The functions that the executor needs of an instruction set. Each one compiles kernels/isa.cc and fills this table.
#pragma once

#include "../augment.h"
#include "../program.h"

namespace heddle {

// The engine of web pages only predicts: the compiler leaves out what nothing calls then.
#ifdef HEDDLE_PREDICTS
constexpr bool LEARNS = false;
#else
constexpr bool LEARNS = true;
#endif

// A whole batch, once all its shards have left their part.
struct Batch {
  float* arenas;  // shard after shard
  int64_t arena_floats;
  const float* partials;  // of one op, shard after shard
  int64_t partial_floats;
  int shards, shard_size, count;

  float* arena(int example) const { return arenas + example / shard_size * arena_floats; }
  const float* part(int shard) const { return partials + shard * partial_floats; }
  int examples(int shard) const {
    const int left = count - shard * shard_size;
    return left < shard_size ? left : shard_size;
  }
};

// Some examples of a batch, all in the memory of one shard.
struct Shard {
  float* arena;
  int count;           // examples
  int64_t from;        // the number of the first one within its shard
  int64_t first;       // and within its batch
  float* scratch;      // of the thread that runs this
  const float* parameters;
  const float* panels;  // of the op: its kernel, packed by `pack`
  float* partials;      // of the op and shard: sums towards its parameters' gradients
  Batch batch;          // all shards; readable by ops that span the batch, after it was gathered
  int part, parts;      // of the op's outputs, the ones that are wanted: those that `forward` computes for this part
  bool training;        // gradients will be computed, and the op is not frozen
  bool noise;           // dropout is on
  uint32_t key[2];
  uint32_t step;

  float* value(const Operand& o) const { return arena + o.start(from); }
  float* gradient(const Operand& o) const { return arena + o.gradient; }

  // The part's share of `count` things, whole units of them but at the end.
  struct Range {
    int64_t from, to;
  };
  Range share(int64_t count, int64_t unit = 1) const {
    const int64_t units = (count + unit - 1) / unit, to = units * (part + 1) / parts * unit;
    return {units * part / parts * unit, to < count ? to : count};
  }
};

struct Kernels {
  const char* name;

  // Floats that an op needs: packed weights, gradient sums of one shard, scratch of one thread.
  int64_t (*panel_floats)(const Op&);
  int64_t (*partial_floats)(const Op&);
  int64_t (*scratch_floats)(const Op&);
  int64_t (*orthogonalize_floats)(const Op&);

  void (*scale_bytes)(const uint8_t* from, float* to, int64_t count, float scale);
  void (*scale_floats)(const float* from, float* to, int64_t count, float scale);

  // One image, bilinear, from a copy with a border: see Augmentation.
  void (*resample)(const float* bordered, float* to, const Image&, const Affine&, FillMode);

  // The number of parts, at most `most`, into which `forward` divides a shard of that many examples for several threads.
  int (*parts)(const Op&, int examples, int most);
  void (*forward)(const Op&, const Shard&);
  void (*backward)(const Op&, const Shard&);

  // Only for ops that span the batch: what a shard leaves for the others before `forward` and `backward`, or before the two below.
  void (*gather)(const Op&, const Shard&);
  void (*gather_gradients)(const Op&, const Shard&);

  // Ops whose parts each take the whole batch, which all shards have gathered for before; their partials are used by others of them afterwards.
  // 0 parts: another op, or an input without a gradient.
  int (*span_parts)(const Op&);
  int (*span_gradient_parts)(const Op&);
  void (*span_forward)(const Op&, const Shard&);
  void (*span_input_gradient)(const Op&, const Shard&);

  // Packs the kernel's rows of the units [from, to).
  void (*pack)(const Op&, const float* parameters, float* panels, int from, int to);
  // Gradients of the parameters of the units [from, to), from what `backward` left; those of a dense layer's kernel go to `kernel`.
  void (*finish)(const Op&, const Batch&, float* gradients, float* kernel, int from, int to);
  // Moves the op's own state after a training step: of the units [from, to).
  void (*settle)(const Op&, const Batch&, float* parameters, int from, int to);
  // The penalty of some weights; its gradient is added to `gradients`, if there are any.
  double (*penalize)(const Penalty&, const float* weights, float* gradients, int64_t count);
  // Σ g² of some gradients, and the gradients scaled and then cut to [-limit, limit].
  double (*squares)(const float* gradients, int64_t count);
  void (*clip)(float* gradients, int64_t count, float factor, float limit);
  bool (*all_finite)(const float* values, int64_t count);
  // Logits to predictions, row-major [rows, size], in place.
  void (*apply_head)(Head, float* rows, int64_t count, int size);
  // slots: the optimizer's state, as long as the weights each; coefficients: those of one step.
  void (*update)(const UpdateRule&, float* weights, const float* gradients, float* const* slots, int64_t count,
                 const double* coefficients);
  // The step of `update` for an op that is a matrix: it moves the momentum, and gradients become the direction of the step.
  void (*orthogonalize)(const UpdateRule&, const Op&, float* gradients, float* momentum, float* scratch);
};

const Kernels& kernels_baseline();
#if defined(__x86_64__)
const Kernels& kernels_avx2();
const Kernels& kernels_avx512();
#endif
#if defined(__wasm__)
const Kernels& kernels_simd128();
#endif

}  // namespace heddle
