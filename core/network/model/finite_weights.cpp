// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/finite_weights.h"

#include "core/base/finite.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

/// Weights read at once: little memory, and a stop is heard soon.
constexpr int64_t kScannedWeights = int64_t{1} << 18;

/// What a stretch of rows tells.
struct Seen {
    std::optional<BadWeight> bad;
    bool isLarge = false;
};

bool hasLarge(std::span<const float> numbers)
{
    constexpr float kHalfHolds = 65504.0F;
    bool found = false;
    for (const float number : numbers)
        found |= std::abs(number) > kHalfHolds;
    return found;
}

Seen seenIn(const StoredTensor& tensor, int64_t first, int64_t count)
{
    const Matrix rows = tensor.readRows(first, count);
    Seen seen{std::nullopt, hasLarge(rows.values)};
    const int64_t at = firstNotFinite(rows.values);
    if (at < 0)
        return seen;
    const int64_t row = first + at / rows.columns;
    seen.bad = BadWeight{tensor.name,
                         tensor.rowOrder.empty() ? row : tensor.rowOrder[static_cast<size_t>(row)],
                         at % rows.columns, rows.values[static_cast<size_t>(at)]};
    return seen;
}

/// Of all stretches together; the first that is not finite.
Seen seenIn(const StoredTensor& tensor, Progress& progress)
{
    if (!tensor.scheme || tensor.rows() == 0)
        return {};
    const int64_t height = std::max<int64_t>(1, kScannedWeights / tensor.columns());
    std::vector<Seen> found(static_cast<size_t>((tensor.rows() + height - 1) / height));
    parallelFor(std::ssize(found), 0, progress, "looking for numbers that are not finite",
                [&](int64_t i, int) {
                    const int64_t first = i * height;
                    found[static_cast<size_t>(i)] =
                        seenIn(tensor, first, std::min(height, tensor.rows() - first));
                });
    const auto bad = std::ranges::find_if(found, [](const Seen& one) { return bool(one.bad); });
    return {bad == found.end() ? std::nullopt : bad->bad,
            std::ranges::any_of(found, &Seen::isLarge)};
}

/// The tensors that the network reads, each once.
std::vector<const StoredTensor*> readTensors(const Model& model)
{
    std::vector<const StoredTensor*> tensors;
    std::set<std::string> seen;
    for (const Slot& slot : model.graph.slots)
        if (slot.role != Role::Unused && seen.insert(slot.tensor).second)
            tensors.push_back(&model.storedOf(slot));
    return tensors;
}

double weightsIn(const StoredTensor& tensor)
{
    return static_cast<double>(tensor.rows()) * static_cast<double>(tensor.columns());
}

} // namespace

std::string BadWeight::text() const
{
    return "tensor " + tensor + ", row " + std::to_string(row) + ", column " +
           std::to_string(column) + " is " + notFiniteText(value);
}

std::optional<BadWeight> firstBadWeight(const StoredTensor& tensor, Progress& progress)
{
    return seenIn(tensor, progress).bad;
}

std::optional<BadWeight> firstBadWeight(const Model& model, Progress& progress)
{
    return scanWeights(model, progress).bad;
}

WeightScan scanWeights(const Model& model, Progress& progress)
{
    WeightScan scan;
    const std::vector<const StoredTensor*> tensors = readTensors(model);
    double all = 0;
    for (const StoredTensor* tensor : tensors)
        all += weightsIn(*tensor);
    double done = 0;
    for (const StoredTensor* one : tensors) {
        if (progress.stopRequested())
            break;
        const double from = done / std::max(1.0, all); // all may be empty
        done += weightsIn(*one);
        ProgressSpan span(progress, from, done / std::max(1.0, all));
        Seen tensor = seenIn(*one, span);
        if (tensor.isLarge)
            scan.large.insert(one->name);
        scan.bad = std::move(tensor.bad);
        if (scan.bad)
            break;
    }
    return scan;
}

} // namespace bitloom
