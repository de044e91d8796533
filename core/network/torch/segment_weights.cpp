// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/segment_weights.h"

#include "core/network/torch/torch_weights.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace bitloom {

namespace {

/// Weights decoded at a time of a slot that is not decoded whole.
constexpr int64_t kStretchWeights = int64_t{1} << 22;

/// Calls `work(first, decoded rows)` for the stretches of a weight.
template <typename Work>
void forEachStretch(const PackedTensor& packed, const Work& work)
{
    const int64_t rows = std::max<int64_t>(1, kStretchWeights / packed.columns);
    for (int64_t first = 0; first < packed.rows; first += rows)
        work(first, decodeToTorch(packed, first, std::min(rows, packed.rows - first)));
}

/// input · Wᵀ whose derivative by the input decodes W again, rather than keeping it.
struct StreamedProduct : torch::autograd::Function<StreamedProduct> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context,
                                 const torch::Tensor& input, const PackedTensor* packed)
    {
        context->saved_data["packed"] =
            static_cast<int64_t>(reinterpret_cast<std::intptr_t>(packed));
        torch::Tensor product = torch::empty({input.size(0), packed->rows}, input.options());
        forEachStretch(*packed, [&](int64_t first, const torch::Tensor& rows) {
            product.narrow(1, first, rows.size(0)).copy_(torch::matmul(input, rows.t()));
        });
        return product;
    }
    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::tensor_list& gradients)
    {
        const auto* packed = reinterpret_cast<const PackedTensor*>(
            static_cast<std::intptr_t>(context->saved_data["packed"].toInt()));
        const torch::Tensor& gradient = gradients.front();
        torch::Tensor byInput =
            torch::zeros({gradient.size(0), packed->columns}, gradient.options());
        forEachStretch(*packed, [&](int64_t first, const torch::Tensor& rows) {
            byInput.addmm_(gradient.narrow(1, first, rows.size(0)), rows);
        });
        return {byInput, {}};
    }
};

} // namespace

SegmentWeights::SegmentWeights(std::shared_ptr<const Model> model, int64_t residentBytes,
                               std::shared_ptr<const WeightSource> source)
    : m_model(std::move(model))
    , m_source(source ? std::move(source) : std::make_shared<OriginalWeights>(m_model))
    , m_allFit(m_model->graph.weights() * static_cast<int64_t>(sizeof(float)) <= residentBytes)
{
}

bool SegmentWeights::isStreamed(int slot) const
{
    const Slot& place = m_model->graph.slot(slot);
    return !m_allFit && place.block < 0 && place.weights() > kStretchWeights;
}

bool SegmentWeights::enter(const Program& segment, Progress& progress)
{
    std::set<int> read;
    for (const Step& step : segment.steps)
        read.insert(step.slots.begin(), step.slots.end());
    if (!m_allFit)
        std::erase_if(m_held, [&](const auto& held) { return !read.contains(held.first); });
    size_t done = 0;
    for (const int slot : read) {
        if (progress.stopRequested())
            return false;
        progress.report(static_cast<double>(done++) / static_cast<double>(read.size()),
                        m_model->graph.slot(slot).name);
        if (m_held.contains(slot))
            continue;
        PackedTensor packed = m_source->slot(slot);
        Held& held = m_held[slot];
        held.scheme = packed.scheme->id();
        if (isStreamed(slot))
            held.packed = std::move(packed);
        else
            held.decoded = decodeToTorch(packed, 0, packed.rows);
    }
    m_model->checkpoint.check();
    return true;
}

torch::Tensor SegmentWeights::weight(int slot)
{
    const Held& held = m_held.at(slot);
    return held.decoded.defined() ? held.decoded : decodeToTorch(held.packed, 0, held.packed.rows);
}

std::string_view SegmentWeights::storedAs(int slot) const
{
    const auto held = m_held.find(slot);
    return held == m_held.end() ? std::string_view() : held->second.scheme;
}

torch::Tensor SegmentWeights::rows(int slot, const torch::Tensor& ids)
{
    if (!isStreamed(slot))
        return TorchWeights::rows(slot, ids);
    const PackedTensor& packed = m_held.at(slot).packed;
    std::vector<torch::Tensor> found;
    for (int64_t i = 0; i < ids.size(0); ++i)
        found.push_back(decodeToTorch(packed, ids[i].item<int64_t>(), 1));
    return torch::cat(found, 0);
}

torch::Tensor SegmentWeights::linear(int slot, const torch::Tensor& input)
{
    if (!isStreamed(slot))
        return TorchWeights::linear(slot, input);
    const PackedTensor* packed = &m_held.at(slot).packed;
    return StreamedProduct::apply(input, packed);
}

} // namespace bitloom
