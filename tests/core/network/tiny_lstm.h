// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/network/tiny_model.h"

namespace bitloom {

/// 2 layers of 29 cells over embeddings of 40, own head, all biases.
struct TinyLstm : TinyModel {
    TinyLstm()
    {
        configuration = {{"architectures", {"LstmCharLM"}},
                         {"model_type", "lstm_lm"},
                         {"vocab_size", 2048},
                         {"embedding_size", 40},
                         {"hidden_size", 29},
                         {"num_layers", 2},
                         {"gate_order", "ifgo"},
                         {"tie_word_embeddings", false}};
        shapes["embedding.weight"] = {2048, 40};
        shapes["decoder.weight"] = {2048, 29};
        shapes["decoder.bias"] = {2048};
        for (int layer = 0; layer < 2; ++layer) {
            const std::string end = "_l" + std::to_string(layer);
            shapes["lstm.weight_ih" + end] = {4 * 29, layer == 0 ? 40 : 29};
            shapes["lstm.weight_hh" + end] = {4 * 29, 29};
            shapes["lstm.bias_ih" + end] = shapes["lstm.bias_hh" + end] = {4 * 29};
        }
    }
};

} // namespace bitloom
