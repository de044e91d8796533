// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_gguf_keys.h"

#include "core/network/architectures/gguf_keys.h"
#include "core/network/architectures/llama_family.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;

constexpr std::array kKeys = {
    read("attention.layer_norm_rms_epsilon"),
    read("attention.sliding_window"),
    read("rope.dimension_count"),
    read("rope.freq_base"),
    read("rope.scaling.factor"),
    read("rope.scale_linear"),
    only("rope.scaling.type", R"("linear", "none")"),
    only("rope.scaling.attn_factor", "1"),
    only("rope.scaling.yarn_log_multiplier", "0"),
    only("rope.scaling.yarn_ext_factor", "0"),
    only("rope.scaling.yarn_attn_factor", "1"),
    only("attention.layer_norm_epsilon", "0"),
    only("tensor_data_layout", R"("Meta AI original pth")"),
    // Of yarn alone.
    nothing("rope.scaling.original_context_length"),
    nothing("rope.scaling.finetuned"),
    nothing("rope.scaling.yarn_beta_fast"),
    nothing("rope.scaling.yarn_beta_slow"),
};

/// The number of a key, for people.
std::string saying(std::string_view family, const char* key, int64_t value)
{
    return std::string(family) + "." + key + " is " + std::to_string(value);
}

std::string ropeFactorsUnsupported(const Checkpoint& checkpoint, const LlamaGgufHeads& heads)
{
    const StoredTensor* tensor = checkpoint.find(kRopeFactors);
    if (!tensor)
        return {};
    const std::string name = "tensor " + std::string(kRopeFactors);
    if (!tensor->scheme)
        return name + " is stored as " + tensor->type + ", which cannot be read";
    if (2 * elementCount(tensor->shape) != heads.size)
        return name + " has " + std::to_string(elementCount(tensor->shape)) +
               " factors for heads of " + std::to_string(heads.size) + ", which have " +
               std::to_string(heads.size / 2) + " pairs";
    const std::vector<float> factors = tensor->read().values;
    for (size_t i = 0; i < factors.size(); ++i)
        if (!(factors[i] > 0) || !std::isfinite(factors[i]))
            return name + ", column " + std::to_string(i) +
                   ", holds a factor that makes no sense: " + std::to_string(factors[i]);
    return {};
}

/// A window that no text is longer than hides nothing; 0: none.
std::string windowUnsupported(const GgufNumbers& numbers)
{
    if (numbers.real("attention.sliding_window", 0) == 0)
        return {};
    const int64_t window = numbers.whole("attention.sliding_window");
    return window >= numbers.whole("context_length")
               ? std::string()
               : saying(numbers.family(), "attention.sliding_window", window) +
                     ": attention with a sliding window is not supported";
}

std::string factorsUnsupported(const GgufNumbers& numbers)
{
    const std::string family(numbers.family());
    const bool both = numbers.has("rope.scale_linear") && numbers.has("rope.scaling.factor");
    return !both || numbers.real("rope.scaling.factor") == numbers.real("rope.scale_linear")
               ? std::string()
               : family + ".rope.scaling.factor and its older name " + family +
                     ".rope.scale_linear contradict each other";
}

} // namespace

LlamaGgufHeads::LlamaGgufHeads(const GgufNumbers& numbers)
    : family(numbers.family())
    , width(numbers.whole("embedding_length"))
    , heads(numbers.whole("attention.head_count"))
    , keyValueHeads(numbers.whole("attention.head_count_kv", heads))
    , size(numbers.whole("attention.key_length", std::max<int64_t>(1, width / heads)))
    , valueSize(numbers.whole("attention.value_length", size))
    , turned(numbers.whole("rope.dimension_count", size))
{
}

std::string LlamaGgufHeads::unsupported() const
{
    if (heads % keyValueHeads != 0)
        return saying(family, "attention.head_count_kv", keyValueHeads) +
               ", which does not divide " + std::to_string(heads) + ", " + std::string(family) +
               ".attention.head_count";
    if (size % 2 != 0)
        return "heads have an odd size, " + std::to_string(size) + ", which is not supported";
    if (valueSize != size)
        return saying(family, "attention.value_length", valueSize) + ", but " +
               saying(family, "attention.key_length", size) + ", which is not supported";
    return turned == size ? std::string()
                          : saying(family, "rope.dimension_count", turned) +
                                ", but heads have a size of " + std::to_string(size) +
                                ": rotary positions in a part of each head are not supported";
}

std::string llamaGgufUnsupported(const LlamaFamily& family, const Checkpoint& checkpoint)
{
    if (std::string problem = ggufKeysUnsupported(checkpoint, family.id, kKeys); !problem.empty())
        return problem;
    const GgufNumbers numbers(family.id, checkpoint);
    const LlamaGgufHeads heads(numbers);
    for (std::string problem : {heads.unsupported(), ropeFactorsUnsupported(checkpoint, heads),
                                windowUnsupported(numbers), factorsUnsupported(numbers)})
        if (!problem.empty())
            return problem;
    return {};
}

} // namespace bitloom
