// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_gguf.h"

#include "core/error.h"
#include "core/network/architectures/llama.h"

#include <array>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr std::string_view kFrequencyFactors = "rope_freqs.weight";

/// GGUF's stems beside Hugging Face's; those of a block come behind "blk.N." and
/// "model.layers.N.".
using NamePair = std::pair<std::string_view, std::string_view>;
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

/// Replaces `stem` by its partner in `names`; false when it is not there.
template <size_t N>
bool translate(const std::array<NamePair, N>& names, std::string& stem, bool toHuggingFace)
{
    for (const auto& [gguf, hf] : names)
        if (stem == (toHuggingFace ? gguf : hf)) {
            stem = toHuggingFace ? hf : gguf;
            return true;
        }
    return false;
}

/// Splits "PREFIX12.REST" into "12" and "REST".
std::optional<std::pair<std::string, std::string>> splitBlock(const std::string& name,
                                                              std::string_view prefix)
{
    const size_t dot = name.find('.', prefix.size());
    if (!name.starts_with(prefix) || dot == std::string::npos || dot == prefix.size())
        return std::nullopt;
    return std::pair(name.substr(prefix.size(), dot - prefix.size()), name.substr(dot + 1));
}

/// The other world's name of a tensor or slot, ".weight" aside; unknown names stay.
std::string translated(const std::string& name, bool toHuggingFace)
{
    const std::string_view from = toHuggingFace ? "blk." : "model.layers.";
    const std::string_view to = toHuggingFace ? "model.layers." : "blk.";
    std::string stem = name;
    if (auto block = splitBlock(name, from);
        block && translate(kBlockNames, block->second, toHuggingFace))
        return std::string(to) + block->first + "." + block->second;
    translate(kOuterNames, stem, toHuggingFace);
    return stem;
}

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

std::optional<double> number(const Checkpoint& checkpoint, const std::string& key)
{
    const auto found = checkpoint.metadata.find(key);
    if (found == checkpoint.metadata.end())
        return std::nullopt;
    if (const auto* value = std::get_if<int64_t>(&found->second))
        return static_cast<double>(*value);
    if (const auto* value = std::get_if<uint64_t>(&found->second))
        return static_cast<double>(*value);
    if (const auto* value = std::get_if<double>(&found->second))
        return *value;
    throw Error("gguf", "the key " + key + " of " + checkpoint.path + " is not a number");
}

int64_t wholeNumber(const Checkpoint& checkpoint, const std::string& key)
{
    const std::optional<double> value = number(checkpoint, "llama." + key);
    if (!value)
        throw Error("gguf", "the metadata of " + checkpoint.path + " has no key llama." + key);
    if (!(*value >= 1) || *value > 1e9)
        throw Error("gguf", "the key llama." + key + " of " + checkpoint.path +
                                " makes no sense: " + std::to_string(*value));
    return static_cast<int64_t>(*value);
}

int64_t wholeNumber(const Checkpoint& checkpoint, const std::string& key, int64_t otherwise)
{
    return number(checkpoint, "llama." + key) ? wholeNumber(checkpoint, key) : otherwise;
}

json ropeScaling(const Checkpoint& checkpoint)
{
    if (const StoredTensor* factors = checkpoint.find(kFrequencyFactors))
        return {{"rope_type", "frequency_factors"}, {"factors", factors->read().values}};
    const auto type = checkpoint.metadata.find("llama.rope.scaling.type");
    const auto* name =
        type == checkpoint.metadata.end() ? nullptr : std::get_if<std::string>(&type->second);
    if (!name || *name == "none")
        return nullptr;
    return {{"rope_type", *name},
            {"factor", number(checkpoint, "llama.rope.scaling.factor").value_or(1)}};
}

void readTokens(const Checkpoint& checkpoint, json& configuration)
{
    for (const char* key : {"bos_token_id", "eos_token_id"})
        if (const auto id = number(checkpoint, std::string("tokenizer.ggml.") + key))
            configuration[key] = static_cast<int64_t>(*id);
}

json configurationOf(const Checkpoint& checkpoint)
{
    json c;
    c["architectures"] = {"LlamaForCausalLM"};
    c["model_type"] = "llama";
    c["hidden_act"] = "silu";
    c["hidden_size"] = wholeNumber(checkpoint, "embedding_length");
    c["intermediate_size"] = wholeNumber(checkpoint, "feed_forward_length");
    c["max_position_embeddings"] = wholeNumber(checkpoint, "context_length");
    c["num_hidden_layers"] = wholeNumber(checkpoint, "block_count");
    const int64_t heads = wholeNumber(checkpoint, "attention.head_count");
    c["num_attention_heads"] = heads;
    c["num_key_value_heads"] = wholeNumber(checkpoint, "attention.head_count_kv", heads);
    c["head_dim"] =
        wholeNumber(checkpoint, "attention.key_length", c["hidden_size"].get<int64_t>() / heads);
    const auto epsilon = number(checkpoint, "llama.attention.layer_norm_rms_epsilon");
    if (!epsilon)
        throw Error("gguf", "the metadata of " + checkpoint.path +
                                " has no key llama.attention.layer_norm_rms_epsilon");
    c["rms_norm_eps"] = *epsilon;
    c["rope_theta"] = number(checkpoint, "llama.rope.freq_base").value_or(10000);
    c["rope_scaling"] = ropeScaling(checkpoint);
    c["tie_word_embeddings"] = checkpoint.find("output.weight") == nullptr;
    if (const StoredTensor* words = checkpoint.find("token_embd.weight"))
        c["vocab_size"] = words->rows();
    readTokens(checkpoint, c);
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
            translated(tensor.name.substr(0, tensor.name.size() - 7), /*toHuggingFace=*/true);
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
        GgufPlan::Tensor tensor{
            translated(slot.name, /*toHuggingFace=*/false) + ".weight", static_cast<int>(i), {}};
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
