// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/network/architectures/gguf_keys.h"
#include "core/network/architectures/gpt2.h"
#include "core/network/architectures/gpt2_gguf_names.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

constexpr std::string_view kFamily = "gpt2";

constexpr std::array kKeys = {
    read("attention.layer_norm_epsilon"),
    only("attention.layer_norm_rms_epsilon", "0"),
    only("attention.sliding_window", "0"),
    // Its positions are learned; llama.cpp writes these of every network.
    nothing("rope.dimension_count"),
    nothing("rope.freq_base"),
    nothing("rope.scaling.type"),
    nothing("rope.scaling.factor"),
    nothing("rope.scaling.attn_factor"),
    nothing("rope.scaling.original_context_length"),
    nothing("rope.scaling.finetuned"),
    nothing("rope.scaling.yarn_log_multiplier"),
};

json configurationOf(const Checkpoint& checkpoint)
{
    const GgufNumbers numbers(kFamily, checkpoint);
    json c;
    c["architectures"] = {"GPT2LMHeadModel"};
    c["model_type"] = "gpt2";
    c["activation_function"] = "gelu_new";
    c["n_embd"] = numbers.whole("embedding_length");
    c["n_inner"] = numbers.whole("feed_forward_length", 4 * c["n_embd"].get<int64_t>());
    c["n_positions"] = numbers.whole("context_length");
    c["n_layer"] = numbers.whole("block_count");
    c["n_head"] = numbers.whole("attention.head_count");
    c["layer_norm_epsilon"] = numbers.positive("attention.layer_norm_epsilon");
    c["tie_word_embeddings"] = checkpoint.find("output.weight") == nullptr;
    c["vocab_size"] = numbers.vocabulary();
    numbers.readTokens(c);
    return c;
}

/// The tensor a slot is a view on, by GGUF's name. Slots are named by tensor, kind and view, such
/// as "h.0.attn.c_attn.bias.q".
std::string ggufName(const Slot& slot)
{
    constexpr std::string_view kPrefix = "transformer.";
    return kGpt2GgufNames.tensorToGguf(
        slot.tensor.starts_with(kPrefix) ? slot.tensor.substr(kPrefix.size()) : slot.tensor);
}

void refuseDifferences(const Gpt2Configuration& c, const Graph& graph)
{
    const std::string runs = "llama.cpp's gpt2 ";
    if (c.activation != "gelu_new")
        throw Error("gguf", runs + "computes gelu_new, this model's activation_function is " +
                                c.activation);
    if (graph.findSlot("lm_head.bias") >= 0)
        throw Error("gguf", runs + "has no bias on the head, this model has lm_head.bias");
}

} // namespace

std::string gpt2GgufUnsupported(const Checkpoint& checkpoint)
{
    if (std::string problem = ggufKeysUnsupported(checkpoint, kFamily, kKeys); !problem.empty())
        return problem;
    const GgufNumbers numbers(kFamily, checkpoint);
    const int64_t width = numbers.whole("embedding_length");
    const int64_t heads = numbers.whole("attention.head_count");
    if (numbers.whole("attention.head_count_kv", heads) != heads)
        return "gpt2.attention.head_count_kv differs from gpt2.attention.head_count, which is not "
               "supported";
    if (width % (2 * heads) != 0)
        return "gpt2.embedding_length, " + std::to_string(width) +
               ", does not give an even size to heads that number " + std::to_string(heads);
    for (const char* key : {"attention.key_length", "attention.value_length"})
        if (numbers.whole(key, width / heads) * heads != width)
            return std::string("gpt2.") + key + " times gpt2.attention.head_count is not " +
                   "gpt2.embedding_length, which is not supported";
    return {};
}

json adoptGpt2Gguf(Checkpoint& checkpoint)
{
    json configuration = configurationOf(checkpoint);
    for (StoredTensor& tensor : checkpoint.tensors)
        tensor.name = kGpt2GgufNames.tensorToHuggingFace(tensor.name);
    return configuration;
}

GgufPlan gpt2GgufPlan(const json& configuration, const Graph& graph)
{
    const Gpt2Configuration c(configuration);
    refuseDifferences(c, graph);
    const auto whole = [](const char* key, int64_t value) {
        return GgufEntry{std::string("gpt2.") + key, GgufEntry::Type::U32,
                         static_cast<uint64_t>(value)};
    };
    GgufPlan plan;
    plan.metadata = {
        whole("block_count", c.blocks),
        whole("context_length", c.context),
        whole("embedding_length", c.hidden),
        whole("feed_forward_length", c.feedForward),
        whole("attention.head_count", c.heads),
        {"gpt2.attention.layer_norm_epsilon", GgufEntry::Type::F32, c.epsilon},
    };
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        if (graph.slots[i].uses.empty())
            continue;
        const std::string name = ggufName(graph.slots[i]);
        auto known = std::find_if(plan.tensors.begin(), plan.tensors.end(),
                                  [&](const auto& tensor) { return tensor.name == name; });
        if (known == plan.tensors.end())
            known = plan.tensors.insert(known, {name, {}, {}});
        known->slots.push_back(static_cast<int>(i));
    }
    return plan;
}

} // namespace bitloom
