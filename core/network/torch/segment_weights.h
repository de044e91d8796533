// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/base/progress.h"
#include "core/network/engine/engine.h"
#include "core/network/torch/torch_forward.h"

#include <map>
#include <memory>

namespace bitloom {

/// The weights of one segment of a network at a time, as floats, for passes that run beside each
/// other. Where all weights together stay below `residentBytes`, they are decoded once and kept.
/// Otherwise large ones outside the blocks (a token embedding, a head) are never decoded whole:
/// rows are picked and products computed a stretch at a time. They cannot be differentiated by;
/// what they are multiplied with can.
class SegmentWeights : public TorchWeights {
public:
    /// Without a source the original weights.
    SegmentWeights(std::shared_ptr<const Model> model, int64_t residentBytes,
                   std::shared_ptr<const WeightSource> source = nullptr);

    bool allFit() const { return m_allFit; }
    /// Takes from the source and decodes what `segment` reads and lets go of all else. No pass may
    /// be under way. False: stopped, and no pass may follow.
    bool enter(const Program& segment, Progress& progress);

    torch::Tensor weight(int slot) override;
    torch::Tensor rows(int slot, const torch::Tensor& ids) override;
    torch::Tensor linear(int slot, const torch::Tensor& input) override;
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_source->activationScheme(value);
    }
    std::string_view storedAs(int slot) const override;

private:
    struct Held {
        std::string_view scheme;
        PackedTensor packed;   ///< of those that are streamed
        torch::Tensor decoded; ///< of the others
    };
    bool isStreamed(int slot) const;

    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const WeightSource> m_source;
    bool m_allFit = false;
    std::map<int, Held> m_held; ///< by slot
};

} // namespace bitloom
