// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "gpu/kernels/step_context.h"

#include <map>
#include <memory>
#include <span>
#include <vector>

namespace bitloom {

/// The states of one running text on the device, and what was recorded against them.
struct SequenceMemory {
    int64_t positions = 0;
    std::unique_ptr<RegionSet> states;
    std::map<std::pair<int64_t, OutputRows>, std::unique_ptr<Recording>> recordings;
};

/// A graph's program on a device: memory for activations, recordings by number of tokens, and the
/// run of one stretch of tokens. A recording for n tokens serves up to n.
class Forward {
public:
    Forward(std::shared_ptr<const Model> model, std::shared_ptr<Pipelines> pipelines,
            const WeightSource& weights, const VulkanOptions& options);

    const DeviceWeights& weights() const { return m_weights; }
    const Device& device() const { return *m_device; }
    /// The most tokens one run takes.
    int64_t longestRun() const { return m_sizes.back(); }
    /// Error: out of memory.
    std::shared_ptr<SequenceMemory> newSequenceMemory(int64_t positions) const;

    /// Runs `tokens` (at most longestRun()) behind `position` rows of the states. Writes `rows`
    /// rows of the output, unpadded, to `output`.
    void run(SequenceMemory& memory, int64_t position, std::span<const int32_t> tokens,
             OutputRows rows, std::span<float> output);
    /// As run for all rows, giving every value that is computed: index into Graph::values → rows.
    std::map<int, Matrix> runTapped(SequenceMemory& memory, int64_t position,
                                    std::span<const int32_t> tokens);
    /// The output of whole texts (at most longestRun() positions together, of one text alone where
    /// the graph has states).
    Matrix encode(SequenceMemory& memory, const TextBatch& batch);
    /// As encode, giving every value that is computed.
    std::map<int, Matrix> encodeTapped(SequenceMemory& memory, const TextBatch& batch);

private:
    /// Memory of the recordings that have room for the same number of tokens.
    struct Activations {
        std::vector<Region> values; ///< by graph value
        Region scratch;
        std::unique_ptr<Buffer> arena;
        std::unique_ptr<Buffer> readBack;
        std::unique_ptr<Buffer> given; ///< behind a value that the host gives
    };

    Activations makeActivations(const std::vector<Step>& steps, int64_t tokens, bool keepAll) const;
    std::unique_ptr<Recording> record(SequenceMemory& memory, const std::vector<Step>& steps,
                                      const Activations& activations, int64_t tokens,
                                      OutputRows rows);
    Recording& recording(SequenceMemory& memory, int64_t tokens, OutputRows rows);
    const Activations& activations(int64_t tokens);
    /// Records and runs `steps` once, keeping every value they compute.
    std::map<int, Matrix> runOnce(SequenceMemory& memory, const std::vector<Step>& steps,
                                  const TextBatch& batch, int64_t position);
    void give(const TextBatch& batch, Activations& activations) const;
    int64_t roomFor(int64_t rows) const;
    Matrix unpadded(const std::byte* rows, int value, int64_t count) const;

    std::shared_ptr<const Model> m_model;
    const Graph& m_graph;
    const Program& m_program;
    std::shared_ptr<Pipelines> m_pipelines;
    std::shared_ptr<Device> m_device;
    Tuning m_tuning;
    DeviceWeights m_weights;
    std::vector<const ActivationScheme*> m_activationSchemes; ///< by value; null: as it comes
    std::vector<int64_t> m_sizes; ///< tokens a recording may have room for, ascending
    RunInputBuffer m_inputs;
    std::map<int64_t, Activations> m_activations;
};

} // namespace bitloom
