// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/base/random.h"
#include "core/files/formats/writers.h"
#include "core/network/graph/graph_check.h"
#include "core/network/model/model.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace bitloom {

inline constexpr int64_t kWords = 7;
inline constexpr int64_t kWidth = 5;

inline float weight(uint64_t seed, uint64_t i)
{
    return static_cast<float>(2 * randomUniform(seed, i) - 1);
}

inline PackedTensor randomTensor(uint64_t seed)
{
    std::span<std::byte> bytes;
    PackedTensor tensor = PackedTensor::allocate(schemeNamed("f32"), kWords, kWidth, bytes);
    for (uint64_t i = 0; i < kWords * kWidth; ++i) {
        const float value = weight(seed, i);
        std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    }
    return tensor;
}

/// tokens → embed → linear: small enough to differentiate by hand.
inline std::shared_ptr<const Model> smallModel(const std::string& folder, bool tied)
{
    Progress progress;
    const std::string file = folder + "/small.safetensors";
    writeSafetensors(file,
                     {{"words.weight", {kWords, kWidth}, "f32", [] { return randomTensor(1); }},
                      {"head.weight", {kWords, kWidth}, "f32", [] { return randomTensor(2); }}},
                     {}, progress);
    auto model = std::make_shared<Model>();
    model->checkpoint = openCheckpoint(file);
    model->identity = model->checkpoint.identity();
    Graph& graph = model->graph;
    graph.values = {{"tokens", 1}, {"embedding", kWidth}, {"logits", kWords}};
    graph.slots.push_back(
        {"words", "words.weight", Role::TokenEmbedding, -1, kWords, kWidth, true, {}});
    if (!tied)
        graph.slots.push_back(
            {"head", "head.weight", Role::OutputHead, -1, kWords, kWidth, true, {}});
    graph.programs.push_back(
        {"decode",
         {{"embed", {0}, 1, {0}, {}, -1}, {"linear", {1}, 2, {tied ? 0 : 1}, {}, -1}},
         0,
         2});
    graph.vocabulary = kWords;
    graph.contextLength = 100;
    fillUses(graph);
    checkGraph(graph);
    return model;
}

inline std::vector<Window> someWindows(int64_t firstScored)
{
    std::vector<Window> windows;
    for (uint64_t w = 0; w < 5; ++w) {
        Window window;
        window.firstScored = firstScored;
        for (uint64_t i = 0; i < 6 + w; ++i)
            window.tokens.push_back(static_cast<int32_t>(randomBits(w, i) % kWords));
        windows.push_back(window);
    }
    return windows;
}

} // namespace bitloom
