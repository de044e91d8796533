// SPDX-License-Identifier: GPL-3.0-or-later
// What is not understood is carried from one file into another as it is.
#include "core/files/formats/checkpoint.h"
#include "core/files/formats/gguf_keys.h"
#include "core/files/formats/writers.h"
#include "core/files/io/base64.h"
#include "tests/core/files/file_builders.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <filesystem>

using namespace bitloom;

namespace {

struct Odd {
    const char* name;
    const char* type;
    const char* shape;
    size_t bytes;
};

/// Every kind that no scheme reads, and shapes without numbers.
constexpr Odd kOdd[] = {{"double", "F64", "[2,3]", 48},    {"scalar", "F32", "[]", 4},
                        {"whole", "I64", "[1]", 8},        {"packed", "I32", "[4,2]", 32},
                        {"short", "I16", "[3]", 6},        {"byte", "U8", "[5]", 5},
                        {"fp8", "F8_E4M3", "[3,3]", 9},    {"scales", "F8_E8M0", "[7]", 7},
                        {"truth", "BOOL", "[3]", 3},       {"complex", "C64", "[2]", 16},
                        {"nibbles", "F4", "[2,4]", 4},     {"empty", "F32", "[0,8]", 0},
                        {"none", "I32", "[0]", 0},         {"later", "X7_NEW", "[11]", 22},
                        {"ours by name", "q8_0", "[4]", 4}};

std::string oddFile(const std::string& metadata)
{
    std::string header = "{\"__metadata__\":" + metadata;
    std::string data;
    for (const Odd& odd : kOdd) {
        header += std::string(",\"") + odd.name + "\":{\"dtype\":\"" + odd.type +
                  "\",\"shape\":" + odd.shape + ",\"data_offsets\":[" +
                  std::to_string(data.size()) + "," + std::to_string(data.size() + odd.bytes) +
                  "]}";
        for (size_t i = 0; i < odd.bytes; ++i)
            data += static_cast<char>(data.size() * 37 + 201);
    }
    return safetensorsFile(header + "}", data);
}

void compareTensors(const Checkpoint& one, const Checkpoint& other)
{
    QCOMPARE(one.tensors.size(), other.tensors.size());
    for (const StoredTensor& tensor : one.tensors) {
        const StoredTensor* copy = other.find(tensor.name);
        QVERIFY2(copy, tensor.name.c_str());
        QCOMPARE(copy->type, tensor.type);
        QCOMPARE(copy->shape, tensor.shape);
        QVERIFY2(std::equal(copy->bytes.begin(), copy->bytes.end(), tensor.bytes.begin(),
                            tensor.bytes.end()),
                 tensor.name.c_str());
    }
}

std::vector<TensorToWrite> copies(const Checkpoint& checkpoint)
{
    std::vector<TensorToWrite> result;
    std::transform(checkpoint.tensors.begin(), checkpoint.tensors.end(), std::back_inserter(result),
                   copyOf);
    return result;
}

/// A key of every value type, an array of every one of them, and arrays of arrays.
Bytes allKeys(uint64_t& count)
{
    const std::string values[] = {
        Bytes().raw("\xC8").text(),      Bytes().raw("\xC8").text(),
        Bytes().raw("\xE8\x03").text(),  Bytes().raw("\x18\xFC").text(),
        Bytes().u32(4000000000U).text(), Bytes().number(int32_t{-7}).text(),
        Bytes().number(0.1F).text(),     Bytes().raw("\x01").text(),
        Bytes().string("a \xFF").text(), {},
        Bytes().u64(1ULL << 63U).text(), Bytes().number(int64_t{-1} << 40).text(),
        Bytes().number(0.1).text()};
    Bytes keys;
    count = 0;
    for (uint32_t type = 0; type < std::size(values); ++type) {
        if (type == 9)
            continue;
        const std::string name = "x.type" + std::to_string(type);
        keys.string(name).u32(type).raw(values[type]);
        keys.string(name + ".list").u32(9).u32(type).u64(2).raw(values[type]).raw(values[type]);
        count += 2;
    }
    keys.string("x.empty").u32(9).u32(5).u64(0);
    keys.string("x.nested").u32(9).u32(9).u64(2);
    keys.u32(4).u64(2).u32(7).u32(8).u32(9).u64(1).u32(8).u64(1).string("deep");
    count += 2;
    return keys;
}

} // namespace

class TestCopies : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_silent;
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

private Q_SLOTS:
    void safetensorsKeepWhatNobodyReads()
    {
        writeBytes(path("odd.safetensors"), oddFile(R"({"format":"np","made by":"hand"})"));
        const Checkpoint odd = openCheckpoint(path("odd.safetensors"));
        QCOMPARE(odd.tensors.size(), std::size(kOdd));
        QCOMPARE(odd.find("ours by name")->scheme, nullptr);
        QVERIFY(writeSafetensors(path("copy.safetensors"), copies(odd), {}, m_silent, {},
                                 odd.annotations));
        const Checkpoint copy = openCheckpoint(path("copy.safetensors"));
        compareTensors(odd, copy);
        QCOMPARE(copy.annotations, odd.annotations);
        QCOMPARE(copy.annotations.at("made by"), std::string("hand"));
        QCOMPARE(copy.fileBytes, safetensorsBytes(copies(odd), {}, odd.annotations));
        for (const StoredTensor& tensor : copy.tensors)
            if (tensor.type == "f32" || tensor.type == "F64" || tensor.type == "I64")
                QCOMPARE(reinterpret_cast<uintptr_t>(tensor.bytes.data()) % 4, uintptr_t{0});
    }

    void textsThatAreNoUtf8AreRefused()
    {
        const QString said = refusal([&] {
            writeSafetensors(path("no.safetensors"), {}, {{"chat_template.jinja", "\xE9"}},
                             m_silent);
        });
        QVERIFY2(said.contains("chat_template.jinja"), qPrintable(said));
        QVERIFY(!std::filesystem::exists(path("no.safetensors")));
    }

    void ggufKeysKeepTheirTypes()
    {
        uint64_t count = 0;
        const Bytes keys = allKeys(count);
        Bytes file = ggufHead(0, count).raw(keys.text());
        writeBytes(path("keys.gguf"), file.align(32).text());
        const Checkpoint read = openCheckpoint(path("keys.gguf"));
        QCOMPARE(read.encodedKeys.size(), size_t{count});
        QCOMPARE(read.metadata.size(), size_t{count - 1}); // all but the array of arrays
        std::vector<GgufEntry> entries;
        for (const auto& [key, encoded] : read.encodedKeys)
            entries.push_back({key, GgufEntry::Type::Encoded, encoded});
        QVERIFY(writeGguf(path("copy.gguf"), entries, {}, m_silent));
        const Checkpoint copy = openCheckpoint(path("copy.gguf"));
        QCOMPARE(copy.encodedKeys, read.encodedKeys);
        QCOMPARE(copy.fileBytes, ggufBytes(entries, {}));
        QVERIFY(copy.metadata == read.metadata);
    }

    void ggufKeysSurviveAsText()
    {
        uint64_t count = 0;
        const Bytes keys = allKeys(count);
        writeBytes(path("keys.gguf"), ggufHead(0, count).raw(keys.text()).align(32).text());
        const Checkpoint read = openCheckpoint(path("keys.gguf"));
        QVERIFY(writeSafetensors(path("keys.safetensors"), {},
                                 {{kGgufKeysFile, ggufKeysText(read)}}, m_silent));
        const Checkpoint again = openCheckpoint(path("keys.safetensors"));
        QCOMPARE(again.encodedKeys, read.encodedKeys);
        QVERIFY(again.metadata == read.metadata);
        for (const char* broken : {"?", "AAAA", "AAA"}) {
            Checkpoint none;
            QVERIFY(!refusal([&] { readGgufKeysText(broken, "f", none); }).isEmpty());
        }
    }

    void base64()
    {
        // RFC 4648, section 10.
        const std::pair<const char*, const char*> known[] = {{"", ""},
                                                             {"f", "Zg=="},
                                                             {"fo", "Zm8="},
                                                             {"foo", "Zm9v"},
                                                             {"foob", "Zm9vYg=="},
                                                             {"fooba", "Zm9vYmE="},
                                                             {"foobar", "Zm9vYmFy"}};
        for (const auto& [bytes, text] : known) {
            QCOMPARE(toBase64(bytes), std::string(text));
            QCOMPARE(fromBase64(text).value(), std::string(bytes));
        }
        for (const char* broken : {"Zg=", "Z===", "Zm 9", "Zm9v\n"})
            QVERIFY2(!fromBase64(broken), broken);
    }

    void ggufOfUnknownTypesIsListed()
    {
        Bytes file = ggufHead(2, 0);
        addGgufTensor(file, "later", {4}, 77, 0);
        addGgufTensor(file, "known", {8}, 0, 64);
        writeBytes(path("later.gguf"), file.align(32).zeros(96).text());
        const Checkpoint read = openCheckpoint(path("later.gguf"));
        QCOMPARE(read.find("later")->type, std::string("type 77"));
        QCOMPARE(read.find("later")->bytes.size(), size_t{64}); // up to the next
        const QString said =
            refusal([&] { writeGguf(path("no.gguf"), {}, copies(read), m_silent); });
        QVERIFY2(said.contains("later") && said.contains("type 77"), qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(TestCopies)
#include "tst_copies.moc"
