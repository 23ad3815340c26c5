// A prediction for so few images that one shard holds them: several threads share each op.
#include <algorithm>

#include "denormals.h"
#include "executor.h"
#include "work.h"

namespace heddle {
namespace {

// Work, as work.h counts it, of about 50 µs, from which on several threads compute one shard; of about 4 µs, the least for a part; and of
// about a millisecond, for which a caller waits.
constexpr double WORTH_DIVIDING = 2e6, LEAST_PART = 1.5e5, SHORT = 5e7;

}  // namespace

bool Executor::is_single(const Request& request) const {
  return request.mode == Mode::predict && request.count <= program_.shard_size && !request.augmentation;
}

bool Executor::is_short(const Request& request) const { return is_single(request) && request.count * work_ <= SHORT; }

bool Executor::is_worth_dividing(const Request& request) const { return request.count * work_ >= WORTH_DIVIDING; }

// Op by op, each divided among the threads, or all on this one: parts of an op make the same bits as the whole.
void Executor::run_single(const Request& request, bool divided) {
  const FlushDenormals flush;  // the threads of the pool do so too
  const int ops = static_cast<int>(program_.ops.size());
  load(request, request.order, batch_, arenas_.get() + program_.input.value);
  const auto run_part = [&](int i, int part, int parts, int thread) {
    Shard shard = shard_of(i, 0, thread, request, 0);
    shard.part = part;
    shard.parts = parts;
    timed(request, i, Stage::forward, thread, [&] { kernels_.forward(program_.ops[i], shard); });
  };
  if (divided) {
    if (divided_for_ != batch_) {
      divided_for_ = batch_;
      parts_.clear();
      for (const Op& op : program_.ops) {
        const int most = static_cast<int>(std::min<double>(pool_->threads(), batch_ * work_of(op) / LEAST_PART));
        parts_.push_back(most < 2 ? 1 : kernels_.parts(op, batch_, most));
      }
    }
    pool_->run_stages(parts_, [&](int op, int part, int thread) { run_part(op, part, parts_[op], thread); });
  } else {
    for (int i = 0; i < ops; i++) run_part(i, 0, 1, 0);
  }
  if (request.outputs) predict(request, 0, batch_, 0);
}

}  // namespace heddle
