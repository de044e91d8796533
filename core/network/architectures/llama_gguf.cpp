// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_gguf.h"

#include "core/error.h"
#include "core/network/architectures/gguf_names.h"
#include "core/network/architectures/llama.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr std::string_view kFrequencyFactors = "rope_freqs.weight";

/// GGUF's stems beside Hugging Face's; those of a block come behind "blk.N." and
/// "model.layers.N.".
using NamePair = GgufNames::Pair;
constexpr std::array<NamePair, 3> kOuterNames = {{
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
}};
constexpr std::array<NamePair, 9> kBlockNames = {{
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
}};

constexpr GgufNames kNames = {"model.layers.", kOuterNames, kBlockNames};

/// GGUF row `head·size + 2i + p` is Hugging Face's row `head·size + p·size/2 + i`. The order in
/// which one is read from the other: [r] is the row there that becomes row r here.
std::vector<int32_t> rowOrder(int64_t rows, int64_t headSize, bool toHuggingFace)
{
    std::vector<int32_t> order(static_cast<size_t>(rows));
    for (int64_t head = 0; head < rows / headSize; ++head)
        for (int64_t i = 0; i < headSize / 2; ++i)
            for (int64_t p = 0; p < 2; ++p) {
                const int64_t gguf = head * headSize + 2 * i + p;
                const int64_t hf = head * headSize + p * (headSize / 2) + i;
                const auto to = static_cast<size_t>(toHuggingFace ? hf : gguf);
                order[to] = static_cast<int32_t>(toHuggingFace ? gguf : hf);
            }
    return order;
}

bool isPermuted(std::string_view name)
{
    return name.ends_with("self_attn.q_proj") || name.ends_with("self_attn.k_proj");
}

json ropeScaling(const Checkpoint& checkpoint, const GgufNumbers& numbers)
{
    if (const StoredTensor* factors = checkpoint.find(kFrequencyFactors))
        return {{"rope_type", "frequency_factors"}, {"factors", factors->read().values}};
    const auto type = checkpoint.metadata.find("llama.rope.scaling.type");
    const auto* name =
        type == checkpoint.metadata.end() ? nullptr : std::get_if<std::string>(&type->second);
    if (!name || *name == "none")
        return nullptr;
    return {{"rope_type", *name}, {"factor", numbers.real("rope.scaling.factor", 1)}};
}

json configurationOf(const Checkpoint& checkpoint)
{
    const GgufNumbers numbers("llama", checkpoint);
    json c;
    c["architectures"] = {"LlamaForCausalLM"};
    c["model_type"] = "llama";
    c["hidden_act"] = "silu";
    c["hidden_size"] = numbers.whole("embedding_length");
    c["intermediate_size"] = numbers.whole("feed_forward_length");
    c["max_position_embeddings"] = numbers.whole("context_length");
    c["num_hidden_layers"] = numbers.whole("block_count");
    const int64_t heads = numbers.whole("attention.head_count");
    c["num_attention_heads"] = heads;
    c["num_key_value_heads"] = numbers.whole("attention.head_count_kv", heads);
    c["head_dim"] = numbers.whole("attention.key_length", c["hidden_size"].get<int64_t>() / heads);
    c["rms_norm_eps"] = numbers.real("attention.layer_norm_rms_epsilon");
    c["rope_theta"] = numbers.real("rope.freq_base", 10000);
    c["rope_scaling"] = ropeScaling(checkpoint, numbers);
    c["tie_word_embeddings"] = checkpoint.find("output.weight") == nullptr;
    if (const StoredTensor* words = checkpoint.find("token_embd.weight"))
        c["vocab_size"] = words->rows();
    numbers.readTokens(c);
    return c;
}

GgufEntry entry(const char* key, uint64_t value)
{
    return {std::string("llama.") + key, GgufEntry::Type::U32, value};
}

GgufEntry entry(const char* key, double value)
{
    return {std::string("llama.") + key, GgufEntry::Type::F32, value};
}

void addNumbers(const LlamaConfiguration& c, std::vector<GgufEntry>& out)
{
    const auto whole = [](int64_t value) { return static_cast<uint64_t>(value); };
    out.push_back(entry("context_length", whole(c.context)));
    out.push_back(entry("embedding_length", whole(c.hidden)));
    out.push_back(entry("block_count", whole(c.blocks)));
    out.push_back(entry("feed_forward_length", whole(c.feedForward)));
    out.push_back(entry("attention.head_count", whole(c.heads)));
    out.push_back(entry("attention.head_count_kv", whole(c.keyValueHeads)));
    out.push_back(entry("attention.key_length", whole(c.headSize)));
    out.push_back(entry("attention.value_length", whole(c.headSize)));
    out.push_back(entry("attention.layer_norm_rms_epsilon", c.epsilon));
    out.push_back(entry("rope.dimension_count", whole(c.headSize)));
    out.push_back(entry("rope.freq_base", c.theta));
    out.push_back(entry("vocab_size", whole(c.vocabulary)));
    if (c.linearScaling != 1) {
        out.push_back({"llama.rope.scaling.type", GgufEntry::Type::String, std::string("linear")});
        out.push_back(entry("rope.scaling.factor", c.linearScaling));
    }
}

PackedTensor singles(const std::vector<double>& values)
{
    std::span<std::byte> bytes;
    PackedTensor tensor =
        PackedTensor::allocate(schemeNamed("f32"), 1, static_cast<int64_t>(values.size()), bytes);
    for (size_t i = 0; i < values.size(); ++i) {
        const auto value = static_cast<float>(values[i]);
        std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    }
    return tensor;
}

} // namespace

json adoptLlamaGguf(Checkpoint& checkpoint)
{
    json configuration = configurationOf(checkpoint);
    const int64_t headSize = configuration["head_dim"].get<int64_t>();
    for (StoredTensor& tensor : checkpoint.tensors) {
        if (!tensor.name.ends_with(".weight"))
            continue;
        const std::string name =
            kNames.toHuggingFace(tensor.name.substr(0, tensor.name.size() - 7));
        tensor.name = name + ".weight";
        // Other row counts are refused as a wrong shape when the network is built.
        if (isPermuted(name) && headSize % 2 == 0 && tensor.rows() % headSize == 0)
            tensor.rowOrder = rowOrder(tensor.rows(), headSize, /*toHuggingFace=*/true);
    }
    return configuration;
}

GgufPlan llamaGgufPlan(const json& configuration, const Graph& graph)
{
    const LlamaConfiguration numbers(configuration);
    GgufPlan plan;
    addNumbers(numbers, plan.metadata);
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const Slot& slot = graph.slots[i];
        GgufPlan::Tensor tensor{kNames.toGguf(slot.name) + ".weight", {static_cast<int>(i)}, {}};
        if (isPermuted(slot.name))
            tensor.rowOrder = rowOrder(slot.rows, numbers.headSize, /*toHuggingFace=*/false);
        plan.tensors.push_back(std::move(tensor));
    }
    if (!numbers.frequencyFactors.empty())
        plan.extra.push_back({std::string(kFrequencyFactors),
                              {static_cast<int64_t>(numbers.frequencyFactors.size())},
                              "f32",
                              [factors = numbers.frequencyFactors] { return singles(factors); }});
    return plan;
}

} // namespace bitloom
