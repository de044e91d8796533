// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/fisher/activation_metrics.h"
#include "core/analyze/fisher/fisher.h"
#include "core/analyze/passes/square_sums.h"
#include "core/analyze/text/text.h"
#include "core/files/store/measurement_store.h"
#include "core/quantize/variant/transformed_model.h"

#include <string>
#include <vector>

namespace bitloom {

/// What is summed over a window.
struct WindowSums {
    std::vector<SquareSums> slots;              ///< by slot
    std::vector<ActivationSums> activationSums; ///< by value and activation scheme

    explicit WindowSums(const Graph& graph);
    /// What quantizing an activation adds, with the gradient by it.
    void addActivation(int value, const torch::Tensor& rows, const torch::Tensor& gradient);
    /// Error naming the first slot whose sums are not finite.
    void requireFinite(const Graph& graph) const;
};

/// Running sums over windows, merged in their order.
class FisherSums {
public:
    FisherSums(const Graph& graph, uint64_t seed)
        : m_graph(graph)
        , m_sums(graph)
    {
        m_result.seed = seed;
    }
    size_t windows() const { return static_cast<size_t>(m_result.windows); }
    void add(const WindowSums& window, const Window& from);
    Fisher result() const;
    ActivationMeasurement activationMeasurement() const;
    /// The number of windows and all sums as they are in memory.
    std::string saved() const;
    /// What was saved of the first of these windows; false, and nothing changed, when it is not of
    /// this network.
    bool restore(const std::string& saved, const std::vector<Window>& windows);

private:
    void count(const Window& window);

    const Graph& m_graph;
    Fisher m_result;
    WindowSums m_sums;
};

/// The sums on disk.
class FisherSumsStore {
public:
    FisherSumsStore(const TransformedModel& model, const std::vector<Window>& windows,
                    uint64_t seed, const MeasurementStore& store);
    /// Leaves them as they are when nothing was kept.
    void restore(FisherSums& sums, const std::vector<Window>& windows) const;
    void keep(const FisherSums& sums) const;

private:
    MeasurementEntry m_entry;
};

} // namespace bitloom
