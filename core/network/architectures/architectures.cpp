// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/architectures.h"

#include "core/network/architectures/families.h"

namespace bitloom {

const std::vector<Architecture>& architectures()
{
    static const std::vector<Architecture> table = {
        llamaArchitecture(),
        gpt2Architecture(),
        bertArchitecture(),
        lstmArchitecture(),
    };
    return table;
}

const Architecture* findArchitecture(std::string_view id)
{
    for (const Architecture& architecture : architectures())
        if (architecture.id == id)
            return &architecture;
    return nullptr;
}

} // namespace bitloom
