// One step: all shards of a batch go forward and backward in phases.
#include <algorithm>
#include <cmath>

#include "executor.h"

namespace heddle {

int Executor::shard_count(int shard) const {
  return std::min(program_.shard_size, batch_ - shard * program_.shard_size);
}

int Executor::used_shards() const { return (batch_ + program_.shard_size - 1) / program_.shard_size; }

Batch Executor::batch_of(int op) const {
  Batch batch;
  batch.arenas = arenas_.get();
  batch.arena_floats = program_.arena_floats;
  batch.partials = partials_.get() + partial_at_[op];
  batch.partial_floats = partial_floats_[op];
  batch.shards = used_shards();
  batch.shard_size = program_.shard_size;
  batch.count = batch_;
  return batch;
}

Shard Executor::shard_of(int op, int shard, int thread, const Request& request, int64_t step) const {
  Shard s;
  s.arena = arena_of(shard, thread);
  s.count = shard_count(shard);
  s.from = 0;
  s.first = int64_t{shard} * program_.shard_size;
  s.scratch = scratch_.get() + thread * scratch_floats_;
  s.parameters = parameters_.get();
  s.panels = panels_.get() + panel_at_[op];
  s.partials = partials_.get() + partial_at_[op] + shard * partial_floats_[op];
  s.batch = batch_of(op);
  s.part = 0;
  s.parts = 1;
  s.training = trains(request.mode) && !program_.ops[op].frozen;
  s.noise = request.noise && trains(request.mode);
  s.key[0] = request.key[0];
  s.key[1] = request.key[1];
  s.step = request.first_step + static_cast<uint32_t>(step);
  return s;
}

// The ops at which all shards wait for each other, in order.
const std::vector<int>& Executor::halts(const Request& request) const { return trains(request.mode) ? halts_ : spanning_; }

void Executor::run_shards(int phase, const Request& request, int64_t step, std::vector<ShardResult>& shards) {
  pool_->run(used_shards(), [&](int shard, int thread) { run_phase(phase, request, step, shard, thread, shards[shard]); });
}

void Executor::go_forward(const Request& request, int64_t step, std::vector<ShardResult>& shards) {
  const std::vector<int>& at = halts(request);
  const int count = static_cast<int>(at.size());
  for (int phase = 0; phase <= count; phase++) {
    run_shards(phase, request, step, shards);
    if (phase < count && spans_[at[phase]]) run_spanning(at[phase], Stage::forward, request, step);
  }
}

// The first of the phases backward follows the loss in the last one forward.
void Executor::go_backward(const Request& request, int64_t step, std::vector<ShardResult>& shards) {
  const std::vector<int>& at = halts(request);
  const int count = static_cast<int>(at.size());
  for (int phase = count + 1; phase <= 2 * count; phase++) {
    const int halt = at[2 * count - phase];
    if (spans_[halt] && program_.ops[halt].output.has_gradient()) {
      run_spanning(halt, Stage::backward, request, step);
      // The kernel has served for the input's gradient: it may change.
      finish_all(request, step, halt);
    }
    run_shards(phase, request, step, shards);
  }
}

// All threads take parts of an op that spans the batch, forward or for the gradient of its input.
void Executor::run_spanning(int op, Stage stage, const Request& request, int64_t step) {
  const bool forward = stage == Stage::forward;
  const int parts = (forward ? kernels_.span_parts : kernels_.span_gradient_parts)(program_.ops[op]);
  pool_->run(parts, [&](int part, int thread) {
    Shard shard = shard_of(op, 0, thread, request, step);
    shard.part = part;
    shard.parts = parts;
    timed(request, op, stage, thread,
          [&] { (forward ? kernels_.span_forward : kernels_.span_input_gradient)(program_.ops[op], shard); });
  });
}

// Between two phases, every shard has reached the same halt. With n of them, the phases 0 to n go forward, phase n computes the loss, and
// the phases n to 2n go backward. An op that all threads compute lies between two phases; others begin a phase.
void Executor::run_phase(int phase, const Request& request, int64_t step, int shard, int thread, ShardResult& result) {
  const std::vector<int>& at = halts(request);
  const int ops = static_cast<int>(program_.ops.size()), count = static_cast<int>(at.size());
  const int64_t first = step * program_.batch_size + int64_t{shard} * program_.shard_size;
  const int examples = shard_count(shard);
  const auto shard_at = [&](int op) { return shard_of(op, shard, thread, request, step); };
  float* arena = arena_of(shard, thread);
  if (!program_.trains()) {
    for (const Piece& piece : pieces_of(examples)) run_piece(piece, request, step, shard, {arena, thread, 0, 1});
  } else if (phase == 0) {
    result.failed_op = -1;
    load_images(request, step, int64_t{shard} * program_.shard_size, examples, arena + program_.input.value);
  }
  if (phase <= count) {
    const int from = phase == 0 ? 0 : at[phase - 1], end = phase == count ? ops : at[phase];
    for (int i = from; i < end && program_.trains(); i++) {
      if (i > from || phase == 0 || !spans_[i])
        timed(request, i, Stage::forward, thread, [&] { kernels_.forward(program_.ops[i], shard_at(i)); });
      const Operand& output = program_.ops[i].output;
      if (LEARNS && searching_ && result.failed_op < 0 && !kernels_.all_finite(arena + output.value, examples * output.size)) result.failed_op = i;
    }
    if (phase < count)
      return timed(request, end, Stage::forward, thread, [&] { kernels_.gather(program_.ops[end], shard_at(end)); });
    if (searching_) return;
    if (request.outputs) predict(request, first, examples, arena);
    if (!LEARNS || request.mode == Mode::predict) return;
    // `dot` is a sum, as gradients are defined; the losses are means over the batch.
    const float weight = program_.loss == Loss::dot ? 1.f : 1.f / static_cast<float>(batch_);
    result = loss(request, step, examples, weight, shard, thread);
    if (request.mode == Mode::evaluate) return;
    result.finite = std::isfinite(result.loss);
    if (!result.finite) return;
  }
  const int from = phase == count ? ops - 1 : at[2 * count - phase] - (spans_[at[2 * count - phase]] ? 1 : 0);
  const int end = phase == 2 * count ? -1 : at[2 * count - phase - 1];
  for (int i = from; i > end; i--)
    if (program_.ops[i].output.has_gradient())
      timed(request, i, Stage::backward, thread, [&] { kernels_.backward(program_.ops[i], shard_at(i)); });
  if (end >= 0 && program_.ops[end].output.has_gradient())
    timed(request, end, Stage::backward, thread, [&] { kernels_.gather_gradients(program_.ops[end], shard_at(end)); });
}

// The op that made the first number that is not finite, in the first shard whose loss is not: -1 if all outputs are. The step goes forward again, as
// the memory of most values holds others by now.
int Executor::first_non_finite(const Request& request, int64_t step, std::vector<ShardResult>& shards) {
  const auto bad = std::find_if(shards.begin(), shards.end(), [](const ShardResult& shard) { return !shard.finite; });
  searching_ = true;
  go_forward(request, step, shards);
  searching_ = false;
  return bad->failed_op;
}

}  // namespace heddle
