// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/writers.h"
#include "core/quantize/recipe.h"

#include <algorithm>

namespace bitloom {

const std::vector<Target>& targets()
{
    static const std::vector<Target> rows = {
        {"gguf", "GGUF (llama.cpp)",
         [](const Scheme& scheme) { return ggufType(scheme.id()) >= 0; }},
        {"any", "Any scheme (fake-quantized safetensors)", [](const Scheme&) { return true; }},
    };
    return rows;
}

const Target& targetNamed(std::string_view id)
{
    const auto& all = targets();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [id](const Target& target) { return target.id == id; });
    if (found != all.end())
        return *found;
    std::string known;
    for (const Target& target : all)
        known += (known.empty() ? "" : " ") + target.id;
    throw Error("recipe", "there is no target \"" + std::string(id) + "\"; known are " + known);
}

std::vector<const Scheme*> offeredSchemes(const Slot& slot, const Target& target)
{
    std::vector<const Scheme*> offered;
    for (const Scheme* scheme : schemes())
        if (target.holds(*scheme) && scheme->accepts(slot.columns))
            offered.push_back(scheme);
    return offered;
}

} // namespace bitloom
