// Runs a program: steps over batches, in parallel phases. First every shard of the batch goes forward and backward on
// its own, halting at ops that span the batch; then blocks of parameters get their gradients and are updated.
#pragma once

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aligned.h"
#include "augment.h"
#include "kernels/kernels.h"
#include "mix.h"
#include "threads.h"

namespace heddle {

enum class Mode { train, gradients, evaluate, predict };

struct Request {
  Mode mode = Mode::predict;
  const uint8_t* bytes = nullptr;  // images are bytes or floats
  const float* floats = nullptr;
  int64_t examples = 0;
  float scale = 1;
  const int32_t* labels = nullptr;  // targets are labels or rows
  const float* rows = nullptr;
  const int32_t* order = nullptr;
  int64_t count = 0;  // of the order
  const double* coefficients = nullptr;  // [steps, COEFFICIENTS]
  bool noise = false;
  uint32_t key[2] = {0, 0};
  uint32_t first_step = 0;
  std::optional<Augmentation> augmentation;
  const double* mixing = nullptr;  // [count, MIX_NUMBERS], beside an augmentation
  float* outputs = nullptr;  // [count, outputs]
  const double* class_weights = nullptr;  // [outputs]
  int top_k = 0;                          // 0: not counted
  bool profile = false;                   // how long each op takes
};

// The parts of an op's time; `update` also sums up the shards' gradients.
enum class Stage { forward, backward, update, count };
constexpr int STAGES = static_cast<int>(Stage::count);

struct Result {
  int64_t steps = 0;
  std::vector<double> losses;
  std::vector<int32_t> correct, top_correct;
  bool failed = false;
  int64_t failed_op = -1;       // -1: every output was finite, the loss was not
  bool failed_weights = false;  // the loss was finite, what the update made of the op's parameters is not
  std::vector<double> op_seconds;  // when profiled: [ops, stages], of all threads together
};

inline bool trains(Mode mode) { return LEARNS && (mode == Mode::train || mode == Mode::gradients); }

// The kernels for the best instruction set of this machine, or for the one that is named ("" picks).
const Kernels& kernels_for(const std::string& isa);

class Executor {
 public:
  Executor(Program program, const Kernels& kernels, int threads);

  const Program& program() const { return program_; }
  const Kernels& kernels() const { return kernels_; }
  int64_t gradient_floats() const { return program_.trains() ? program_.learned_floats : 0; }
  int64_t optimizer_floats() const { return program_.learned_floats * program_.update.slots(); }

  // Throws std::runtime_error where the request does not fit the program.
  void check(const Request& request) const;
  Result run(const Request& request);
  // Takes so little time that the caller may as well wait for it.
  bool is_short(const Request& request) const;

  const float* parameters() const { return parameters_.get(); }
  const float* gradients() const { return gradients_.get(); }
  const float* optimizer() const { return optimizer_.get(); }
  void write_parameters(const float* from);
  void write_optimizer(const float* from);
  // The last batch's gradients with respect to the images, one after the other.
  std::vector<float> input_gradient() const;

 private:
  struct Free {
    void operator()(float* p) const { aligned_free(p); }
  };
  using Floats = std::unique_ptr<float[], Free>;

  // Zeros, on a cache line.
  static Floats allocate(int64_t count);

  // A range of an op's units whose parameters are finished, updated and packed as one task.
  struct Block {
    int op, from, to;
    double penalty = 0;  // of its weights before the last update
    bool finite = true;  // its parameters after the last update
    double kernel_squares = 0, bias_squares = 0;  // of its gradients, where they are clipped by a norm
  };

  // Blocks of one op that are finished together.
  struct Task {
    int from, end;
  };

  // The gradients of a block's parameters, from its first unit on; nullptr where there are none.
  struct Gradients {
    float *kernel, *bias;
  };

  struct ShardResult {
    double loss = 0;
    int32_t correct = 0, top_correct = 0;
    bool finite = true;
    int failed_op = -1;  // looked for only by `first_non_finite`
  };

  // Some examples of a shard, and the op that they go through next, or LOAD.
  struct Piece {
    int op, from, count;
  };
  static constexpr int LOAD = -1;

  // Predicts no more than a shard holds.
  bool is_single(const Request& request) const;
  bool is_worth_dividing(const Request& request) const;
  void run_single(const Request& request, bool divided);
  std::vector<Piece> pieces_of(int count) const;
  // Which share of a piece is computed, where and by which thread.
  struct Share {
    float* arena;
    int thread, part, parts;
  };
  void run_piece(const Piece& piece, const Request& request, int64_t step, int shard, const Share& share);
  int arenas() const;
  float* arena_of(int shard, int thread) const;
  Shard shard_of(int op, int shard, int thread, const Request& request, int64_t step) const;
  const std::vector<int>& halts(const Request& request) const;
  void go_forward(const Request& request, int64_t step, std::vector<ShardResult>& shards);
  void go_backward(const Request& request, int64_t step, std::vector<ShardResult>& shards);
  void run_shards(int phase, const Request& request, int64_t step, std::vector<ShardResult>& shards);
  void run_phase(int phase, const Request& request, int64_t step, int shard, int thread, ShardResult& result);
  void run_spanning(int op, Stage stage, const Request& request, int64_t step);
  Batch batch_of(int op) const;
  // Images of a shard, which begins at the batch's place `from`, changed as the request wants.
  void load_images(const Request& request, int64_t step, int64_t from, int count, float* to) const;
  void load(const Request& request, const int32_t* order, int count, float* to) const;
  // Mixes the images of a shard, which begins at the batch's place `from`.
  void mix(const Request& request, int64_t step, int64_t from, int count, float* images) const;
  // The target of the batch's image at `place`; its own, if no image is mixed with it.
  void write_target(const Request& request, int64_t step, int64_t place, float* row) const;
  ShardResult loss(const Request& request, int64_t step, int count, float weight, int shard, int thread) const;
  int first_non_finite(const Request& request, int64_t step, std::vector<ShardResult>& shards);
  void predict(const Request& request, int64_t first, int count, const float* arena) const;
  bool keeps_gradients(const Request& request, int64_t step) const;
  Gradients gradients_of(const Block& block, bool keeps, int thread, int first = 0) const;
  void finish_all(const Request& request, int64_t step, int spanning);
  void measure(Block& block, const Gradients& gradients);
  void update(const Request& request, int64_t step, Block& block, const Gradients& gradients);
  void clip(const Block& block, const Gradients& gradients);
  void orthogonalize(const Request& request);
  void muon_coefficients(const Op& op, bool matrix, double* coefficients) const;
  void measure_norms();
  double penalty(const Block& block, const Gradients& gradients) const;
  bool has_finite_parameters(const Block& block) const;
  int shard_count(int shard) const;
  int used_shards() const;

  // Does the work; when profiling, its time is added to the op's, in the thread's own row.
  template <typename Work>
  void timed(const Request& request, int op, Stage stage, int thread, Work work) {
    if (!request.profile) return work();
    const auto started = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
    seconds_[(thread * program_.ops.size() + op) * STAGES + static_cast<int>(stage)] += passed.count();
  }

  Program program_;
  const Kernels& kernels_;
  std::shared_ptr<Pool> pool_;
  std::vector<int64_t> panel_at_, partial_at_, partial_floats_;
  int64_t scratch_floats_ = 0;
  std::vector<Block> blocks_;
  std::vector<int> matrices_;  // ops whose kernels are orthogonalised, the largest first
  std::vector<int64_t> matrix_at_;  // where each of them has its room; empty: each thread has one, which takes less
  int64_t matrix_floats_ = 0;  // room for the largest
  double work_ = 0;  // of an example: see work.h
  std::vector<Piece> pieces_;  // of the last single shard, and the parts of each for several threads
  std::vector<int> parts_;
  int divided_for_ = 0;  // its number of examples
  std::vector<bool> spans_;    // of each op: all threads compute it for the whole batch
  std::vector<int> spanning_;  // those ops, in order
  std::vector<int> halts_;     // with those whose sums span the batch, in training
  std::vector<Task> tasks_;
  bool searching_ = false;  // for the first number that is not finite
  int batch_ = 0;  // examples in the current step
  std::vector<float> kernel_factors_, bias_factors_;  // of each op, where gradients are clipped by a norm
  std::vector<double> seconds_;  // [threads, ops, stages]
  Floats parameters_, gradients_, optimizer_, arenas_, panels_, partials_, scratch_, matrix_room_;
};

}  // namespace heddle
