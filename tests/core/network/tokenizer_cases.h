// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"
#include "tests/refusal.h"
#include "tests/test_data.h"

#include <QtTest>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitloom {

inline std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string testFolder()
{
    return (std::filesystem::path(__FILE__).parent_path() / ".." / ".." / "data").string();
}

/// A checkpoint that holds nothing but the tokenizer's files of a folder.
inline Checkpoint tokenizerFiles(const std::string& folder)
{
    Checkpoint checkpoint;
    for (const char* name : {"config.json", "tokenizer.json", "tokenizer_config.json",
                             "generation_config.json", "special_tokens_map.json"}) {
        if (std::string text = contents(folder + "/" + name); !text.empty())
            checkpoint.sideFiles[name] = std::move(text);
    }
    return checkpoint;
}

/// The tokenizers that tests/data/make_tokenizers.py took its reference ids from.
inline Checkpoint referenceTokenizer(const std::string& name)
{
    if (name != "sample_metaspace")
        return tokenizerFiles(name == "sample" ? sampleData() : testFolder() + "/" + name);
    Checkpoint checkpoint = tokenizerFiles(sampleData());
    auto json = nlohmann::json::parse(checkpoint.sideFiles["tokenizer.json"]);
    json["normalizer"] = nullptr;
    json["pre_tokenizer"] = {{"type", "Metaspace"},
                             {"replacement", "\u2581"},
                             {"prepend_scheme", "first"},
                             {"split", false}};
    checkpoint.sideFiles["tokenizer.json"] = json.dump();
    return checkpoint;
}

inline nlohmann::json references()
{
    return nlohmann::json::parse(contents(testFolder() + "/tokenizer_references.json"));
}

inline std::string idHash(const std::vector<int32_t>& ids)
{
    uint64_t value = 0xCBF29CE484222325;
    for (const int32_t id : ids) {
        for (int shift = 0; shift < 32; shift += 8)
            value = (value ^ ((static_cast<uint32_t>(id) >> shift) & 0xFF)) * 0x100000001B3;
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

} // namespace bitloom

/// The vector of ids in a failure message, and where it differs.
#define COMPARE_IDS(actual, expected)                                                              \
    do {                                                                                           \
        const auto a = (actual);                                                                   \
        const auto e = (expected);                                                                 \
        if (a != e)                                                                                \
            QFAIL(qPrintable(QString("ids %1, expected %2")                                        \
                                 .arg(QString::fromStdString(nlohmann::json(a).dump()),            \
                                      QString::fromStdString(nlohmann::json(e).dump()))));         \
    } while (false)
