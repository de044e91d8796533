// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/storage/scheme.h"
#include "core/storage/schemes/families.h"

#include <algorithm>

namespace bitloom {

namespace {

std::vector<const Scheme*> table()
{
    std::vector<const Scheme*> rows = {
        &f32Scheme(),  &f16Scheme(),  &bf16Scheme(), //
        &q8_0Scheme(), &q6_kScheme(), &q5_kScheme(), &q5_1Scheme(), &q5_0Scheme(),
        &q4_kScheme(), &q4_1Scheme(), &q4_0Scheme(), &q3_kScheme(), &q2_kScheme(),
    };
    rows.insert(rows.end(), integerSchemes().begin(), integerSchemes().end());
    rows.push_back(&nf4Scheme());
    return rows;
}

/// ExtraScheme's; null: there is none.
const Scheme* g_extraScheme = nullptr;

std::string knownIds()
{
    std::string text;
    for (const Scheme* scheme : schemes())
        text += (text.empty() ? "" : " ") + std::string(scheme->id());
    return text;
}

} // namespace

void Scheme::requireParameters(std::span<const std::byte> parameters, int64_t columns) const
{
    const int64_t needed = parameterBytes(columns);
    if (static_cast<int64_t>(parameters.size()) != needed)
        throw Error("storage", std::string(id()) + " keeps " + std::to_string(needed) +
                                   " bytes of parameters of a slot, and there are " +
                                   std::to_string(parameters.size()));
}

const std::vector<const Scheme*>& schemes()
{
    static const std::vector<const Scheme*> rows = table();
    return rows;
}

const Scheme* findScheme(std::string_view id)
{
    const auto& all = schemes();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [id](const Scheme* scheme) { return scheme->id() == id; });
    if (found != all.end())
        return *found;
    return g_extraScheme && g_extraScheme->id() == id ? g_extraScheme : nullptr;
}

ExtraScheme::ExtraScheme(const Scheme& scheme)
{
    g_extraScheme = &scheme;
}

ExtraScheme::~ExtraScheme()
{
    g_extraScheme = nullptr;
}

const Scheme& schemeNamed(std::string_view id)
{
    if (const Scheme* scheme = findScheme(id))
        return *scheme;
    throw Error("storage",
                "there is no scheme \"" + std::string(id) + "\"; known are " + knownIds());
}

} // namespace bitloom
