// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_weights.h"

#include <algorithm>
#include <numeric>

namespace bitloom {

namespace {

/// Weights a streamed linear decodes at a time.
constexpr int64_t kStreamedWeights = int64_t{1} << 24;

class ResidentWeights : public StoredTorchWeights {
public:
    ResidentWeights(const Graph& graph, const WeightSource& source)
        : StoredTorchWeights(activationSchemesOf(graph, source))
    {
        for (size_t i = 0; i < graph.slots.size(); ++i) {
            if (graph.slots[i].uses.empty()) {
                m_tensors.push_back(torch::empty({0}));
                addStored({});
                continue;
            }
            const PackedTensor packed = source.slot(static_cast<int>(i));
            addStored(packed);
            m_tensors.push_back(decodeToTorch(packed, 0, packed.rows));
        }
    }
    int64_t bytes() const override
    {
        return std::accumulate(
            m_tensors.begin(), m_tensors.end(), int64_t{0},
            [](int64_t sum, const torch::Tensor& t) { return sum + t.numel() * t.element_size(); });
    }
    torch::Tensor weight(int slot) override { return m_tensors[static_cast<size_t>(slot)]; }

private:
    std::vector<torch::Tensor> m_tensors;
};

class StreamedWeights : public StoredTorchWeights {
public:
    StreamedWeights(const Graph& graph, const WeightSource& source)
        : StoredTorchWeights(activationSchemesOf(graph, source))
    {
        for (size_t i = 0; i < graph.slots.size(); ++i) {
            m_packed.push_back(graph.slots[i].uses.empty() ? PackedTensor()
                                                           : source.slot(static_cast<int>(i)));
            addStored(m_packed.back());
        }
    }
    int64_t bytes() const override
    {
        return std::accumulate(
            m_packed.begin(), m_packed.end(), int64_t{0},
            [](int64_t sum, const PackedTensor& t) { return sum + t.storedBytes(); });
    }
    torch::Tensor weight(int slot) override
    {
        const PackedTensor& packed = m_packed[static_cast<size_t>(slot)];
        return decodeToTorch(packed, 0, packed.rows);
    }
    torch::Tensor rows(int slot, const torch::Tensor& ids) override;
    torch::Tensor linear(int slot, const torch::Tensor& input) override;

private:
    std::vector<PackedTensor> m_packed;
};

torch::Tensor StreamedWeights::rows(int slot, const torch::Tensor& ids)
{
    const PackedTensor& packed = m_packed[static_cast<size_t>(slot)];
    std::vector<torch::Tensor> found;
    for (int64_t i = 0; i < ids.size(0); ++i)
        found.push_back(decodeToTorch(packed, ids[i].item<int64_t>(), 1));
    return torch::cat(found, 0);
}

torch::Tensor StreamedWeights::linear(int slot, const torch::Tensor& input)
{
    const PackedTensor& packed = m_packed[static_cast<size_t>(slot)];
    const int64_t stretch = std::max<int64_t>(1, kStreamedWeights / packed.columns);
    torch::Tensor output = torch::empty({input.size(0), packed.rows}, torch::kFloat);
    for (int64_t first = 0; first < packed.rows; first += stretch) {
        const int64_t count = std::min(stretch, packed.rows - first);
        output.narrow(1, first, count)
            .copy_(torch::matmul(input, decodeToTorch(packed, first, count).t()));
    }
    return output;
}

int64_t residentSize(const Graph& graph)
{
    return std::accumulate(
        graph.slots.begin(), graph.slots.end(), int64_t{0}, [](int64_t sum, const Slot& slot) {
            return sum + (slot.uses.empty() ? 0 : slot.weights()) * int64_t{sizeof(float)};
        });
}

} // namespace

std::unique_ptr<StoredTorchWeights> makeTorchWeights(const Graph& graph, const WeightSource& source,
                                                     int64_t residentBytes)
{
    if (residentSize(graph) > residentBytes)
        return std::make_unique<StreamedWeights>(graph, source);
    return std::make_unique<ResidentWeights>(graph, source);
}

torch::Tensor decodeToTorch(const PackedTensor& packed, int64_t first, int64_t count)
{
    torch::Tensor decoded = torch::empty({count, packed.columns}, torch::kFloat);
    at::parallel_for(0, count, 64, [&](int64_t from, int64_t to) {
        packed.decodeRows(first + from, to - from,
                          {decoded.data_ptr<float>() + from * packed.columns,
                           static_cast<size_t>((to - from) * packed.columns)});
    });
    return decoded;
}

} // namespace bitloom
