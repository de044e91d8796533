// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/kronecker.h"

#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/use_gradients.h"
#include "core/analyze/text/measurement_key.h"

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kFactorsVersion = 1;

torch::Tensor overRows(const KroneckerFactors& shape, float* values)
{
    return shape.rowsCorrelate ? torch::from_blob(values, {shape.rows, shape.rows})
                               : torch::from_blob(values, {shape.rows});
}

torch::Tensor overColumns(const KroneckerFactors& shape, float* values)
{
    return torch::from_blob(values, {shape.columns, shape.columns});
}

torch::Tensor rowFactor(const KroneckerFactors& factors)
{
    return overRows(factors, factors.overRows->values().data());
}

torch::Tensor columnFactor(const KroneckerFactors& factors)
{
    return overColumns(factors, factors.overColumns->values().data());
}

/// Sums over windows of every use: of both factors, and how many positions they are of.
class FactorSums {
public:
    FactorSums(const Graph& graph, const std::vector<SlotUse>& uses, const MeasurementEntry& entry)
        : m_uses(uses)
        , m_shapes(shapesOf(graph, uses))
        , m_sums(entry, countsOf(m_shapes))
        , m_bySlot(graph.slots.size())
    {
        for (size_t use = 0; use < uses.size(); ++use)
            m_bySlot[static_cast<size_t>(uses[use].slot)].push_back(use);
    }
    SpilledSums& stored() { return m_sums; }
    void add(int slot, const std::vector<UseGradient>& seen);
    /// `predictions`: by slot.
    std::map<int, std::vector<KroneckerFactors>> means(const std::vector<int64_t>& predictions) &&;

private:
    static std::vector<KroneckerFactors> shapesOf(const Graph& graph,
                                                  const std::vector<SlotUse>& uses);
    static std::vector<int64_t> countsOf(const std::vector<KroneckerFactors>& shapes);
    void add(size_t use, const UseGradient& seen);

    static constexpr size_t kOfUse = 3; ///< rows, columns, positions
    std::vector<SlotUse> m_uses;
    std::vector<KroneckerFactors> m_shapes; ///< of each use
    SpilledSums m_sums;
    std::vector<std::vector<size_t>> m_bySlot;
};

std::vector<KroneckerFactors> FactorSums::shapesOf(const Graph& graph,
                                                   const std::vector<SlotUse>& uses)
{
    std::vector<KroneckerFactors> shapes;
    for (const SlotUse& use : uses) {
        const Slot& slot = graph.slot(use.slot);
        KroneckerFactors& shape = shapes.emplace_back();
        shape.rows = slot.rows;
        shape.columns = slot.columns;
        shape.rowsCorrelate = !use.lookedUp && slot.rows <= kMostCorrelatedRows;
    }
    return shapes;
}

std::vector<int64_t> FactorSums::countsOf(const std::vector<KroneckerFactors>& shapes)
{
    std::vector<int64_t> counts;
    for (const KroneckerFactors& shape : shapes) {
        const int64_t rows = shape.rowsCorrelate ? shape.rows * shape.rows : shape.rows;
        counts.insert(counts.end(), {rows, shape.columns * shape.columns, 1});
    }
    return counts;
}

void FactorSums::add(int slot, const std::vector<UseGradient>& seen)
{
    const std::vector<size_t>& uses = m_bySlot[static_cast<size_t>(slot)];
    for (size_t i = 0; i < seen.size(); ++i)
        add(uses[i], seen[i]);
}

void FactorSums::add(size_t use, const UseGradient& seen)
{
    m_sums.values(kOfUse * use + 2).front() += static_cast<float>(seen.input.size(0));
    if (!seen.gradient.defined())
        return;
    const KroneckerFactors& shape = m_shapes[use];
    torch::Tensor rows = overRows(shape, m_sums.values(kOfUse * use).data());
    torch::Tensor columns = overColumns(shape, m_sums.values(kOfUse * use + 1).data());
    const torch::Tensor& gradient = seen.gradient;
    if (m_uses[use].lookedUp) {
        rows.index_add_(0, seen.input, torch::ones({seen.input.size(0)}));
        columns.addmm_(gradient.t(), gradient);
        return;
    }
    columns.addmm_(seen.input.t(), seen.input);
    if (shape.rowsCorrelate)
        rows.addmm_(gradient.t(), gradient);
    else
        rows.add_(gradient.square().sum(0));
}

std::map<int, std::vector<KroneckerFactors>>
FactorSums::means(const std::vector<int64_t>& predictions) &&
{
    std::map<int, std::vector<KroneckerFactors>> bySlot;
    auto sums = std::move(m_sums).release();
    for (size_t use = 0; use < m_uses.size(); ++use) {
        const auto& [slot, input, lookedUp, output, by] = m_uses[use];
        const auto seen = static_cast<double>(predictions[static_cast<size_t>(slot)]);
        if (seen == 0)
            continue;
        KroneckerFactors& factors = bySlot[slot].emplace_back(std::move(m_shapes[use]));
        factors.overRows = std::move(sums[kOfUse * use]);
        factors.overColumns = std::move(sums[kOfUse * use + 1]);
        const double perPosition = 1 / sums[kOfUse * use + 2]->values().front();
        rowFactor(factors).mul_(lookedUp ? perPosition : 1 / seen);
        columnFactor(factors).mul_(lookedUp ? 1 / seen : perPosition);
    }
    return bySlot;
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
                        const std::vector<Window>& windows, uint64_t seed, Progress& progress,
                        const MeasurementStore& store)
{
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(model->graph.output, output, seed, window);
    };
    UseGradients gradients(model, windows, loss, {});
    FactorSums sums(
        model->graph, gradients.uses(),
        store.entry("kronecker", measurementKey(*model, windows, seed, kFactorsVersion)));
    const std::vector<int64_t> predictions = addAllUses(
        gradients, sums.stored(),
        [&](size_t /*window*/, int slot, const auto& uses) { sums.add(slot, uses); }, progress);
    return std::move(sums).means(predictions);
}

} // namespace bitloom
