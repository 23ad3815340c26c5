#include "executor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "loss.h"
#include "processor.h"
#include "work.h"

namespace heddle {
namespace {

// Vectors may read past the end of an array by less than this.
constexpr int64_t SLACK = 64;

// Units whose gradients are finished together, by one thread: as many as share a cache line of a packed panel, and fewer where
// a layer of ten outputs has to be work for two threads.
int block_units(const Op& op) { return op.units >= 32 ? 16 : 6; }

// Blocks that are finished as one task if a convolution or a dense layer spans the batch: they share what they read in the second cache.
constexpr int SPANNING_BLOCKS = 4, SPANNING_DENSE_BLOCKS = 2;

int64_t aligned(int64_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace

const Kernels& kernels_for(const std::string& isa) {
#if defined(__x86_64__)
  const auto [avx2, avx512] = this_processor();
  if (avx512 && (isa.empty() || isa == "avx512")) return kernels_avx512();
  if (avx2 && (isa.empty() || isa == "avx2")) return kernels_avx2();
#endif
  if (isa.empty() || isa == "baseline") return kernels_baseline();
  throw std::runtime_error("This machine cannot run the instruction set \"" + isa +
                           "\"; HEDDLE_ISA may be avx512, avx2 or baseline, as far as the processor has them.");
}

Executor::Floats Executor::allocate(int64_t count) {
  const int64_t wanted = aligned(count + SLACK) * static_cast<int64_t>(sizeof(float));
  const size_t bytes = static_cast<size_t>(wanted);
  if (static_cast<int64_t>(bytes) != wanted) throw std::bad_alloc();  // more than 32 bits can address
  Floats floats(static_cast<float*>(aligned_allocate(bytes)));
  if (!floats) throw std::bad_alloc();
  std::memset(floats.get(), 0, bytes);
  return floats;
}

Executor::Executor(Program program, const Kernels& kernels, int threads)
    : program_(std::move(program)),
      kernels_(kernels),
      pool_(Pool::with(threads)),
      parameters_(allocate(program_.parameter_floats)),
      gradients_(allocate(gradient_floats())),
      optimizer_(allocate(optimizer_floats())),
      arenas_(allocate(program_.arena_floats * arenas())) {
  std::fill_n(optimizer_.get(), optimizer_floats(), program_.update.slot_start);
  int64_t panels = 0, partials = 0;
  // A spanning op is done with its partials before the next one begins: all of them have the first place.
  for (const Op& op : program_.ops) {
    spans_.push_back(program_.trains() && kernels_.span_parts(op) > 0);
    partial_floats_.push_back(program_.trains() ? aligned(kernels_.partial_floats(op)) : 0);
    if (spans_.back()) partials = std::max(partials, partial_floats_.back() * program_.shards());
  }
  for (size_t i = 0; i < program_.ops.size(); i++) {
    const Op& op = program_.ops[i];
    panel_at_.push_back(panels);
    panels += aligned(kernels_.panel_floats(op));
    partial_at_.push_back(spans_[i] ? 0 : partials);
    if (!spans_[i]) partials += partial_floats_[i] * program_.shards();
    scratch_floats_ = std::max(scratch_floats_, aligned(kernels_.scratch_floats(op)));
    work_ += work_of(op);
    if (spans_[i]) spanning_.push_back(static_cast<int>(i));
    if (spans_[i] || op.spans_batch()) halts_.push_back(static_cast<int>(i));
    if (!op.learns()) continue;
    if (op.is_matrix) matrices_.push_back(static_cast<int>(i));
    const bool is_dense = op.kind == OpKind::dense;
    const int units = block_units(op), most = !spans_[i] ? 1 : is_dense ? SPANNING_DENSE_BLOCKS : SPANNING_BLOCKS;
    if (is_dense) scratch_floats_ = std::max(scratch_floats_, aligned(units * most * op.kernel_row()));
    for (int from = 0; from < op.units; from += units) {
      const int block = static_cast<int>(blocks_.size());
      blocks_.push_back({static_cast<int>(i), from, std::min(from + units, op.units), 0});
      if (from / units % most == 0) tasks_.push_back({block, block});
      tasks_.back().end = block + 1;
    }
  }
  // The longest task first, so that the threads end together.
  const auto work = [&](int i) { return kernels_.orthogonalize_floats(program_.ops[i]); };
  std::stable_sort(matrices_.begin(), matrices_.end(), [&](int a, int b) { return work(a) > work(b); });
  // A room each, or one for the largest in each thread, which may be less.
  int64_t rooms = 0;
  for (const int i : matrices_) matrix_at_.push_back(rooms), rooms += aligned(work(i));
  matrix_floats_ = matrices_.empty() ? 0 : aligned(work(matrices_[0]));
  if (matrix_floats_ * pool_->threads() < rooms) rooms = matrix_floats_ * pool_->threads(), matrix_at_.clear();
  matrix_room_ = allocate(program_.trains() ? rooms : 0);
  panels_ = allocate(panels);
  partials_ = allocate(partials);
  scratch_ = allocate(scratch_floats_ * pool_->threads());
}

void Executor::check(const Request& r) const {
  const auto require = [](bool holds, const char* reason) {
    if (!holds) throw std::runtime_error(std::string("The native engine refused a run: ") + reason + ".");
  };
  require(r.bytes || r.floats, "there are no images");
  require(LEARNS || (r.mode == Mode::predict && !r.augmentation && !r.mixing), "this engine only predicts");
  require(!trains(r.mode) || program_.trains(), "the program only goes forward");
  require(!r.mixing || r.augmentation, "images are mixed without their size");
  for (int64_t i = 0; LEARNS && r.mixing && i < r.count; i++) {
    const int64_t rest = r.count - i / program_.batch_size * program_.batch_size;
    require(fits(r.mixing + i * MIX_NUMBERS, std::min<int64_t>(program_.batch_size, rest), r.augmentation->image()),
            "images cannot be mixed like that");
  }
  for (int64_t i = 0; i < r.count; i++)
    require(r.order[i] >= 0 && r.order[i] < r.examples, "the order names an example that does not exist");
  if (r.mode == Mode::predict) return;
  require(r.labels || r.rows, "there are no targets");
  for (int64_t i = 0; r.labels && i < r.count; i++) {
    const int32_t label = r.labels[r.order[i]];
    require(label >= 0 && label < program_.output.size, "a label is not among the outputs");
  }
  for (int64_t k = 0; r.class_weights && k < program_.output.size; k++)
    require(std::isfinite(r.class_weights[k]) && r.class_weights[k] >= 0, "a class weight is negative or not finite");
  require(r.top_k >= 0 && r.top_k <= program_.output.size, "top-k is not a number of outputs");
  require(r.mode == Mode::evaluate || program_.output.has_gradient(), "the network has nothing to learn");
  require(r.mode != Mode::train || r.coefficients, "there are no coefficients");
}

Result Executor::run(const Request& request) {
  // A single shard does not wait for the pool: the calling thread computes it alone if the others are busy.
  std::unique_lock<std::mutex> turn(pool_->turn, std::defer_lock);
  const bool single = is_single(request);
  const bool divided = single && is_worth_dividing(request) && turn.try_lock();
  if (!single) turn.lock();
  Result result;
  const int64_t batch = program_.batch_size, steps = (request.count + batch - 1) / batch;
  std::vector<ShardResult> shards(program_.shards());
  const size_t stages = request.profile ? program_.ops.size() * STAGES : 0;
  seconds_.assign(stages * pool_->threads(), 0);
  // Weights that stay cost the same in every step.
  double resting = 0;
  if (LEARNS && request.mode == Mode::evaluate)
    for (const Block& block : blocks_) resting += penalty(block, {});
  for (int64_t step = 0; step < steps; step++) {
    batch_ = static_cast<int>(std::min(batch, request.count - step * batch));
    if (single) {
      run_single(request, divided);
      result.steps++;
      continue;
    }
    go_forward(request, step, shards);
    if (!LEARNS || request.mode == Mode::predict) {
      result.steps++;
      continue;
    }
    ShardResult sum;
    for (int shard = 0; shard < used_shards(); shard++) {
      const ShardResult& one = shards[shard];
      sum.loss += one.loss;
      sum.correct += one.correct;
      sum.top_correct += one.top_correct;
      sum.finite = sum.finite && one.finite;
    }
    result.losses.push_back(sum.loss + resting);
    result.correct.push_back(sum.correct);
    if (request.top_k > 0) result.top_correct.push_back(sum.top_correct);
    if (trains(request.mode)) {
      if (!sum.finite || !std::isfinite(sum.loss)) {
        result.failed = true;
        if (!sum.finite) result.failed_op = first_non_finite(request, step, shards);
        return result;
      }
      go_backward(request, step, shards);
      finish_all(request, step, -1);
      if (request.mode == Mode::train && program_.update.spans_blocks()) {
        if (program_.update.needs_norms()) measure_norms();
        orthogonalize(request);
        pool_->run(static_cast<int>(blocks_.size()), [&](int i, int thread) {
          const Gradients gradients = gradients_of(blocks_[i], true, thread);
          timed(request, blocks_[i].op, Stage::update, thread, [&] { update(request, step, blocks_[i], gradients); });
        });
      }
      for (const Block& block : blocks_) result.losses.back() += block.penalty;
      if (!std::isfinite(result.losses.back())) {
        result.failed = true;
        return result;
      }
      const auto bad = std::find_if(blocks_.begin(), blocks_.end(), [](const Block& block) { return !block.finite; });
      if (bad != blocks_.end()) {
        result.failed = result.failed_weights = true;
        result.failed_op = bad->op;
        return result;
      }
    }
    result.steps++;
  }
  result.op_seconds.assign(stages, 0);
  for (size_t i = 0; i < seconds_.size(); i++) result.op_seconds[i % stages] += seconds_[i];
  return result;
}

void Executor::load_images(const Request& request, int64_t step, int64_t from, int count, float* to) const {
  load(request, request.order + step * program_.batch_size + from, count, to);
  if (LEARNS && request.augmentation) request.augmentation->apply(to, count, from, step, kernels_);
  if (LEARNS && request.mixing) mix(request, step, from, count, to);
}

void Executor::load(const Request& request, const int32_t* order, int count, float* to) const {
  const int64_t size = program_.input.size;
  for (int n = 0; n < count; n++) {
    const int64_t from = order[n] * size;
    if (request.bytes)
      kernels_.scale_bytes(request.bytes + from, to + n * size, size, request.scale);
    else
      kernels_.scale_floats(request.floats + from, to + n * size, size, request.scale);
  }
}

void Executor::mix(const Request& request, int64_t step, int64_t from, int count, float* images) const {
  const int64_t size = program_.input.size, first = step * program_.batch_size;
  std::vector<float> other(size);
  for (int n = 0; n < count; n++) {
    const Mix mix(request.mixing + (first + from + n) * MIX_NUMBERS);
    if (mix.partner < 0) continue;
    // Made again rather than taken from its shard, which may have mixed it already or not have loaded it yet.
    load(request, request.order + first + mix.partner, 1, other.data());
    request.augmentation->apply(other.data(), 1, mix.partner, step, kernels_);
    mix.apply(images + n * size, other.data(), request.augmentation->image());
  }
}

void Executor::write_target(const Request& request, int64_t step, int64_t place, float* row) const {
  const int64_t size = program_.output.size, first = step * program_.batch_size;
  const Mix mix(request.mixing + (first + place) * MIX_NUMBERS);
  const double kept = mix.partner < 0 ? 1 : mix.kept(request.augmentation->image());
  const auto target = [&](int64_t at, int64_t k) -> double {
    const int32_t example = request.order[first + at];
    return request.rows ? request.rows[example * size + k] : request.labels[example] == k;
  };
  for (int64_t k = 0; k < size; k++) {
    const double other = mix.partner < 0 ? 0 : (1 - kept) * target(mix.partner, k);
    row[k] = static_cast<float>(kept * target(place, k) + other);
  }
}

Executor::ShardResult Executor::loss(const Request& request, int64_t step, int count, float weight, int shard,
                                     int thread) const {
  const int size = static_cast<int>(program_.output.size);
  const int64_t from = int64_t{shard} * program_.shard_size;
  const int32_t* order = request.order + step * program_.batch_size + from;
  std::vector<float> mixed(request.mixing ? size : 0);
  float* arena = arena_of(shard, thread);
  std::vector<float> unused(program_.output.has_gradient() ? 0 : size);
  std::vector<float> predicted(size);
  ShardResult result;
  for (int n = 0; n < count; n++) {
    const float* outputs = arena + program_.output.value + int64_t{n} * size;
    float* gradient =
        program_.output.has_gradient() ? arena + program_.output.gradient + int64_t{n} * size : unused.data();
    const float* row = request.rows ? request.rows + int64_t{order[n]} * size : nullptr;
    // Gradients that are handed in are of the mixed image.
    if (request.mixing && program_.loss != Loss::dot) {
      write_target(request, step, from + n, mixed.data());
      row = mixed.data();
    }
    const int label = row ? arg_max(row, size) : request.labels[order[n]];
    const double weighted = request.class_weights ? weight * request.class_weights[label] : weight;
    result.loss += loss_of_example(program_.loss, outputs, row, label, size, weighted, gradient);
    if (program_.head == Head::sigmoid) {
      // A saturated sigmoid ties where its logits do not: what counts is what is predicted.
      std::copy_n(outputs, size, predicted.data());
      kernels_.apply_head(program_.head, predicted.data(), 1, size);
      outputs = predicted.data();
    }
    if (!kernels_.all_finite(outputs, size)) continue;  // numbers without an order are no right answer
    result.correct += arg_max(outputs, size) == label;
    if (request.top_k > 0) result.top_correct += in_top(request.top_k, outputs, size, label);
  }
  return result;
}

void Executor::write_parameters(const float* from) {
  std::copy_n(from, program_.parameter_floats, parameters_.get());
  for (size_t i = 0; i < program_.ops.size(); i++) {
    const Op& op = program_.ops[i];
    if (op.has_parameters()) kernels_.pack(op, parameters_.get(), panels_.get() + panel_at_[i], 0, op.units);
  }
}

void Executor::write_optimizer(const float* from) {
  std::copy_n(from, optimizer_floats(), optimizer_.get());
}

std::vector<float> Executor::input_gradient() const {
  if (!program_.input.has_gradient()) throw std::runtime_error("The program was not compiled for input gradients.");
  const int64_t size = program_.input.size;
  std::vector<float> all(batch_ * size);
  for (int n = 0; n < batch_; n++) {
    const float* arena = arenas_.get() + n / program_.shard_size * program_.arena_floats;
    std::memcpy(all.data() + n * size, arena + program_.input.gradient + n % program_.shard_size * size,
                size * sizeof(float));
  }
  return all;
}

}  // namespace heddle
