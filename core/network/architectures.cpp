// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures.h"

#include "core/network/architectures/bert.h"
#include "core/network/architectures/gpt2.h"
#include "core/network/architectures/llama.h"
#include "core/network/architectures/llama_gguf.h"
#include "core/network/architectures/llama_gguf_keys.h"
#include "core/network/architectures/lstm_lm.h"

namespace bitloom {

const std::vector<Architecture>& architectures()
{
    static const std::vector<Architecture> table = {
        {"llama", "Llama", "language models", isLlama, llamaUnsupported, buildLlama,
         llamaGgufUnsupported, adoptLlamaGguf, llamaGgufPlan},
        {"gpt2", "GPT-2", "language models", isGpt2, gpt2Unsupported, buildGpt2,
         gpt2GgufUnsupported, adoptGpt2Gguf, gpt2GgufPlan},
        {"bert", "BERT", "classifiers and sentence encoders", isBert, bertUnsupported, buildBert,
         nullptr, nullptr, nullptr},
        {"lstm_lm", "LSTM", "language models", isLstm, lstmUnsupported, buildLstm, nullptr, nullptr,
         nullptr},
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
