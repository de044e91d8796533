// SPDX-License-Identifier: GPL-3.0-or-later
// interop_tokenize MODEL TEXTS: TEXTS is a JSON list of strings; prints for each a JSON line with
// its ids (with and without special tokens) and the text that the latter decode to.
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/network/tokenizers/tokenizer.h"

#include <iostream>

#include <nlohmann/json.hpp>

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    try {
        auto data = bitloom::readTokenizerData(bitloom::openCheckpoint(argv[1]));
        if (!data)
            throw bitloom::Error("tokenize", std::string(argv[1]) + " has no tokenizer");
        const auto tokenizer = bitloom::makeTokenizer(std::move(*data));
        for (const auto& item : nlohmann::json::parse(bitloom::readTextFile(argv[2]))) {
            const auto text = item.get<std::string>();
            const std::vector<int32_t> plain = tokenizer->encode(text, false);
            const nlohmann::json line = {{"plain", plain},
                                         {"special", tokenizer->encode(text, true)},
                                         {"decoded", tokenizer->decode(plain)}};
            std::cout << line.dump() << '\n';
        }
    } catch (const bitloom::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
