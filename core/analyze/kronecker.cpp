// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/kronecker.h"

#include "core/analyze/example_loss.h"
#include "core/analyze/use_gradients.h"

#include <cmath>

namespace bitloom {

namespace {

torch::Tensor rowFactor(const KroneckerFactors& factors)
{
    float* values = factors.overRows->values().data();
    return factors.rowsCorrelate ? torch::from_blob(values, {factors.rows, factors.rows})
                                 : torch::from_blob(values, {factors.rows});
}

torch::Tensor columnFactor(const KroneckerFactors& factors)
{
    return torch::from_blob(factors.overColumns->values().data(),
                            {factors.columns, factors.columns});
}

KroneckerFactors emptyFactors(const Slot& slot, const UseGradient& use)
{
    KroneckerFactors factors;
    factors.rows = slot.rows;
    factors.columns = slot.columns;
    factors.rowsCorrelate = !use.lookedUp && slot.rows <= kMostCorrelatedRows;
    factors.overRows = Scratch::floats(factors.rowsCorrelate ? slot.rows * slot.rows : slot.rows);
    factors.overColumns = Scratch::floats(slot.columns * slot.columns);
    return factors;
}

/// Sums over windows of one use.
class UseSums {
public:
    UseSums(const Slot& slot, const UseGradient& use)
        : m_factors(emptyFactors(slot, use))
        , m_lookedUp(use.lookedUp)
    {
    }
    void add(const UseGradient& seen);
    KroneckerFactors means(int64_t predictions);

private:
    KroneckerFactors m_factors;
    bool m_lookedUp;
    int64_t m_positions = 0;
};

void UseSums::add(const UseGradient& seen)
{
    m_positions += seen.input.size(0);
    if (!seen.gradient.defined())
        return;
    torch::Tensor overRows = rowFactor(m_factors);
    torch::Tensor overColumns = columnFactor(m_factors);
    const torch::Tensor& gradient = seen.gradient;
    if (m_lookedUp) {
        overRows.index_add_(0, seen.input, torch::ones({seen.input.size(0)}));
        overColumns.addmm_(gradient.t(), gradient);
        return;
    }
    overColumns.addmm_(seen.input.t(), seen.input);
    if (m_factors.rowsCorrelate)
        overRows.addmm_(gradient.t(), gradient);
    else
        overRows.add_(gradient.square().sum(0));
}

KroneckerFactors UseSums::means(int64_t predictions)
{
    const double perPosition = 1 / static_cast<double>(m_positions);
    const double perPrediction = 1 / static_cast<double>(predictions);
    rowFactor(m_factors).mul_(m_lookedUp ? perPosition : perPrediction);
    columnFactor(m_factors).mul_(m_lookedUp ? perPrediction : perPosition);
    return std::move(m_factors);
}

} // namespace

double KroneckerFactors::damage(MatrixView original, MatrixView changed) const
{
    double sum = 0;
    withTorchErrors("sensitivity", [&] {
        const torch::NoGradGuard noGradients;
        const torch::Tensor change = asTensor(changed) - asTensor(original);
        const torch::Tensor spread = change.mm(columnFactor(*this));
        const torch::Tensor rowsOf = rowFactor(*this);
        sum = rowsCorrelate ? (rowsOf.mm(change) * spread).sum().item<double>()
                            : ((change * spread).sum(1) * rowsOf).sum().item<double>();
    });
    return sum / 2;
}

SlotFisher KroneckerFactors::diagonal() const
{
    SlotFisher fisher;
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t at = rowsCorrelate ? row * (rows + 1) : row;
        fisher.rowSums.push_back(overRows->values()[static_cast<size_t>(at)]);
        fisher.total += fisher.rowSums.back();
    }
    for (int64_t column = 0; column < columns; ++column) {
        const auto at = static_cast<size_t>(column * (columns + 1));
        fisher.columnSums.push_back(static_cast<float>(overColumns->values()[at] * fisher.total));
    }
    return fisher;
}

std::map<int, std::vector<KroneckerFactors>>
measureKroneckerFactors(const std::shared_ptr<const Model>& model,
                        const std::vector<Window>& windows, uint64_t seed, Progress& progress)
{
    const Graph& graph = model->graph;
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(graph.output, output, seed, window);
    };
    std::vector<std::vector<UseSums>> sums(graph.slots.size());
    const UseGradients::Take take = [&](size_t /*window*/, int slot, const auto& seen) {
        std::vector<UseSums>& uses = sums[static_cast<size_t>(slot)];
        for (size_t i = 0; i < seen.size(); ++i) {
            if (i == uses.size())
                uses.emplace_back(graph.slots[static_cast<size_t>(slot)], seen[i]);
            uses[i].add(seen[i]);
        }
    };
    const std::vector<int64_t> predictions = takeAllUses(model, windows, loss, take, progress);
    std::map<int, std::vector<KroneckerFactors>> bySlot;
    for (size_t slot = 0; slot < sums.size(); ++slot)
        for (UseSums& use : sums[slot])
            bySlot[static_cast<int>(slot)].push_back(use.means(predictions[slot]));
    return bySlot;
}

} // namespace bitloom
