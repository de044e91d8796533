// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/run/run_memory.h"

#include "core/network/graph/operations.h"
#include "gpu/kernels/planar_form.h"
#include "gpu/kernels/run_inputs.h"
#include "gpu/kernels/weights.h"
#include "gpu/run/activation_plan.h"

#include <algorithm>
#include <optional>

namespace bitloom {

namespace {

/// Whether the program reads the slot as a vector; nothing: not at all.
std::optional<bool> readAsVector(const Program& program, int slot)
{
    for (const Step& step : program.steps)
        for (size_t i = 0; i < step.slots.size(); ++i)
            if (step.slots[i] == slot)
                return isVector(step, i);
    return std::nullopt;
}

class VulkanMemory : public EngineMemory {
public:
    explicit VulkanMemory(const VulkanOptions& options)
        : m_slabBytes(options.maxSlabBytes)
    {
        const std::shared_ptr<Device> device = Device::open(options);
        m_limits = device->limits();
        m_name = device->name();
    }

    std::string description() const override { return "Vulkan: " + m_name; }
    int64_t slotBytes(const Graph& graph, int slot, const Scheme& scheme) const override;
    int64_t matrixBytes(const Scheme& scheme, int64_t rows, int64_t columns) const override;
    int64_t stateBytes(const Graph& graph, int64_t positions) const override;
    int64_t activationBytes(const Graph& graph, int64_t positions,
                            int64_t addedRank) const override;

private:
    int64_t aligned(int64_t bytes) const { return alignedBytes(bytes, m_limits); }

    DeviceLimits m_limits;
    std::string m_name;
    int64_t m_slabBytes;
};

int64_t VulkanMemory::matrixBytes(const Scheme& scheme, int64_t rows, int64_t columns) const
{
    const auto slabBytes = [&](int64_t count) {
        int64_t sum = 0;
        for (const int64_t section : planarSectionBytes(scheme, count, columns))
            sum += aligned(section);
        return sum;
    };
    const int64_t each = slabRows(scheme, columns, largestSlab(m_limits, m_slabBytes));
    return rows / each * slabBytes(each) + (rows % each > 0 ? slabBytes(rows % each) : 0);
}

int64_t VulkanMemory::slotBytes(const Graph& graph, int index, const Scheme& scheme) const
{
    const std::optional<bool> isVector = readAsVector(graph.programs.front(), index);
    const Slot& slot = graph.slot(index);
    if (!isVector)
        return 0;
    return *isVector ? aligned(paddedWidth(slot.weights()) * static_cast<int64_t>(sizeof(float)))
                     : matrixBytes(scheme, slot.rows, slot.columns);
}

int64_t VulkanMemory::stateBytes(const Graph& graph, int64_t positions) const
{
    int64_t sum = 0;
    for (const int64_t size : stateSizes(graph, positions))
        sum += aligned(size);
    return sum;
}

int64_t VulkanMemory::activationBytes(const Graph& graph, int64_t positions,
                                      int64_t addedRank) const
{
    const Program& program = graph.programs.front();
    const std::vector<int64_t> sizes = runSizes(graph, m_limits);
    int64_t sum = runInputBytes(graph, sizes.back());
    for (size_t i = 0; i < sizes.size() && (i == 0 || sizes[i - 1] < positions); ++i) {
        const ActivationPlan plan = planActivations(graph, program, program.steps, sizes[i], false,
                                                    m_limits.alignment, addedRank);
        sum += plan.arenaBytes + plan.readBackBytes;
    }
    return sum;
}

} // namespace

std::shared_ptr<const EngineMemory> vulkanMemory(const VulkanOptions& options)
{
    return std::make_shared<const VulkanMemory>(options);
}

} // namespace bitloom
