// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/files/formats/checkpoint.h"
#include "tests/core/files/file_builders.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>

#include <sys/resource.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace bitloom;

namespace {

const std::string kTensor = R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";

std::string entry(const std::string& text)
{
    return safetensorsFile("{\"w\":" + text + "}", std::string(16, '\0'));
}

std::string nested(int depth)
{
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
}

Bytes metadata(const std::string& key, int32_t type)
{
    Bytes bytes = ggufHead(0, 1);
    bytes.string(key).number(type);
    return bytes;
}

/// Text of the Error, without the folder of the test; "opened" when there was none.
std::string outcome(const std::string& path, const std::string& folder)
{
    try {
        openCheckpoint(path).identity();
        return "opened";
    } catch (const Error& error) {
        std::string text = error.what();
        for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
            text.erase(at, folder.size());
        return text;
    }
}

int64_t peakKilobytes()
{
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

} // namespace

class TestBrokenFiles : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::string root() const { return m_folder.path().toStdString() + "/"; }

private Q_SLOTS:
    void oneSentence_data();
    void oneSentence();
    void folders_data();
    void folders();
    void noPermission();
    void hugeClaimsCostNothing();
    void unknownTypesAreListed();
    void mutationsNeverCrash_data();
    void mutationsNeverCrash();
};

void TestBrokenFiles::oneSentence_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const std::string& bytes, const char* sentence) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(sentence);
    };
    row("empty", "", "[open] f is empty (0 bytes)");
    row("something else", "PK\x03\x04 zip archive",
        "[open] f is neither GGUF nor safetensors: it starts with PK\\x03\\x04 zip");
    row("three bytes", "GGU", "[open] f is neither GGUF nor safetensors: it starts with GGU");

    row("safetensors: sound", safetensorsFile(kTensor, std::string(16, '\0')), "opened");
    row("safetensors: header claims 1 GB", Bytes().u64(1 << 30).raw(kTensor).text(),
        "[safetensors] f: the header claims 1073741824 bytes, but only 57 follow");
    row("safetensors: header claims 2^63", Bytes().u64(1ULL << 63).raw(kTensor).text(),
        "[safetensors] f: the header claims 9223372036854775808 bytes, but only 57 follow");
    row("safetensors: header cut", Bytes().u64(57).raw(kTensor.substr(0, 30)).text(),
        "[safetensors] f: the header claims 57 bytes, but only 30 follow");
    row("safetensors: data cut", safetensorsFile(kTensor, std::string(9, '\0')),
        "[safetensors] f: tensor w ends 7 bytes past the end of the file");
    row("safetensors: broken JSON", safetensorsFile("{\"w\":{\"dtype\":", ""),
        "[safetensors] f: the header is not valid JSON at byte 25");
    row("safetensors: broken UTF-8", safetensorsFile("{\"\xFF\":1}", ""),
        "[safetensors] f: the header is not valid JSON at byte 11");
    row("safetensors: number out of range", entry("{\"dtype\":\"F32\",\"shape\":[1e999]}"),
        "[safetensors] f: the header holds a number that is out of range");
    row("safetensors: deep nesting", safetensorsFile("{\"w\":" + nested(100000) + "}", ""),
        "[safetensors] f: the header is nested deeper than the format allows");
    row("safetensors: name twice",
        safetensorsFile(kTensor.substr(0, 56) + "," + kTensor.substr(1), std::string(16, '\0')),
        "[safetensors] f: tensor w is there twice");
    row("safetensors: entry no object", entry("7"),
        "[safetensors] f: tensor w is not described by a JSON object");
    row("safetensors: no dtype", entry(R"({"shape":[4],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has no dtype");
    row("safetensors: no shape", entry(R"({"dtype":"F32","data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has no list shape");
    row("safetensors: negative shape",
        entry(R"({"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has shape [-2,-2], which are not all natural numbers in range");
    row("safetensors: shape beyond int64",
        entry(R"({"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has shape [9223372036854775808], which are not all natural "
        "numbers in range");
    row("safetensors: overflowing shape",
        entry(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has the impossible shape [4294967296, 4294967296]");
    row("safetensors: overflowing bytes",
        entry(R"({"dtype":"F32","shape":[4611686018427387908],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w has the impossible shape [4611686018427387908]");
    row("safetensors: wrong byte count",
        entry(R"({"dtype":"F16","shape":[2,2],"data_offsets":[0,16]})"),
        "[safetensors] f: tensor w of shape [2, 2] and type F16 needs 8 bytes, but has 16");
    row("safetensors: end before beginning",
        entry(R"({"dtype":"F32","shape":[2,2],"data_offsets":[16,0]})"),
        "[safetensors] f: tensor w has data_offsets that are not a beginning and an end");
    row("safetensors: overlap",
        safetensorsFile(
            R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
            std::string(12, '\0')),
        "[safetensors] f: tensors a and b overlap");

    row("gguf: sound", ggufFile({2, 2}, 0, 32), "opened");
    row("gguf: only the magic", "GGUF", "[gguf] f: the file ends inside the head, 4 bytes short");
    row("gguf: version 1", ggufHead(0, 0, 1).text(),
        "[gguf] f: GGUF version 1 is not supported (2 and 3 are)");
    row("gguf: version 4", ggufHead(0, 0, 4).text(),
        "[gguf] f: GGUF version 4 is not supported (2 and 3 are)");
    row("gguf: big endian", ggufHead(0, 0, 0x03000000).text(),
        "[gguf] f: the file is big-endian, which is not supported");
    row("gguf: 2^63 tensors", ggufHead(1ULL << 63, 0).text(),
        "[gguf] f: the head claims 9223372036854775808 tensors, but only 8 bytes follow");
    row("gguf: 2^60 keys", ggufHead(0, 1ULL << 60).text(),
        "[gguf] f: the head claims 1152921504606846976 metadata keys, but only 0 bytes follow");
    row("gguf: string past the end", ggufHead(0, 1).u64(1000).raw("general.name").text(),
        "[gguf] f: metadata key 1 claims 1000 bytes, but only 12 bytes follow");
    row("gguf: value cut", metadata("k", 4).raw("ab").text(),
        "[gguf] f: the file ends inside metadata k, 2 bytes short");
    row("gguf: key no UTF-8", metadata("\xC3(", 4).u32(1).text(),
        "[gguf] f: metadata \\xc3( has a name that is not UTF-8");
    row("gguf: key twice",
        ggufHead(0, 2).string("k").u32(4).u32(1).string("k").u32(4).u32(1).text(),
        "[gguf] f: metadata k is there twice");
    row("gguf: unknown value type", metadata("k", 13).u32(1).text(),
        "[gguf] f: metadata k has the unknown value type 13");
    row("gguf: arrays of arrays past the end", metadata("k", 9).u32(9).u64(1).text(),
        "[gguf] f: metadata k claims 1 arrays, but only 0 bytes follow");
    row("gguf: unknown array type", metadata("k", 9).u32(77).u64(0).text(),
        "[gguf] f: metadata k is an array of the unknown value type 77");
    row("gguf: array past the end", metadata("k", 9).u32(4).u64(1ULL << 40).u32(1).text(),
        "[gguf] f: metadata k claims 1099511627776 values, but only 4 bytes follow");
    row("gguf: array of strings past the end", metadata("k", 9).u32(8).u64(1ULL << 62).text(),
        "[gguf] f: metadata k claims 4611686018427387904 strings, but only 0 bytes follow");
    row("gguf: alignment 24", metadata("general.alignment", 4).u32(24).text(),
        "[gguf] f: metadata general.alignment is not a power of two");
    row("gguf: alignment 0", metadata("general.alignment", 4).u32(0).text(),
        "[gguf] f: metadata general.alignment is not a power of two");
    row("gguf: split", metadata("split.count", 2).number(uint16_t{3}).text(),
        "[gguf] f: the file is one part of a model split into 3; join the parts first "
        "(llama-gguf-split --merge)");
    row("gguf: empty name", ggufFile({2}, 0, 32, ""),
        "[gguf] f: tensor \"\" has a name that is empty");
    row("gguf: name no UTF-8", ggufFile({2}, 0, 32, "\xED\xA0\x80"),
        "[gguf] f: tensor \\xed\\xa0\\x80 has a name that is not UTF-8");
    row("gguf: five dimensions", ggufFile({1, 1, 1, 1, 1}, 0, 32),
        "[gguf] f: tensor w claims 5 dimensions (4 are possible)");
    row("gguf: negative dimension", ggufFile({-2, 2}, 0, 32),
        "[gguf] f: tensor w has the impossible shape [2, -2]");
    row("gguf: overflowing shape", ggufFile({1LL << 40, 1LL << 40}, 0, 32),
        "[gguf] f: tensor w has the impossible shape [1099511627776, 1099511627776]");
    row("gguf: overflowing bytes", ggufFile({1LL << 62}, 0, 32),
        "[gguf] f: tensor w has the impossible shape [4611686018427387904]");
    row("gguf: row no whole blocks", ggufFile({48, 2}, 8, 64),
        "[gguf] f: tensor w has rows of 48, which is no multiple of 32 as type Q8_0 needs");
    row("gguf: data cut", ggufFile({32, 2}, 8, 60),
        "[gguf] f: tensor w ends 8 bytes past the end of the file");
    row("gguf: offset past the end", ggufFile({2}, 0, 32, "w", 96),
        "[gguf] f: tensor w begins 64 bytes past the end of the file");
    row("gguf: offset not aligned", ggufFile({2}, 0, 32, "w", 8),
        "[gguf] f: tensor w begins at offset 8, which is no multiple of 32");
    Bytes twins = ggufHead(2, 0);
    addGgufTensor(twins, "w", {2}, 0, 0);
    Bytes overlap = twins;
    addGgufTensor(twins, "w", {2}, 0, 32);
    addGgufTensor(overlap, "v", {2}, 0, 0);
    row("gguf: name twice", twins.align(32).zeros(64).text(), "[gguf] f: tensor w is there twice");
    row("gguf: overlap", overlap.align(32).zeros(64).text(), "[gguf] f: tensors w and v overlap");
    Bytes second = ggufHead(2, 0);
    addGgufTensor(second, "w", {2}, 0, 0);
    row("gguf: second tensor missing", second.align(32).text(),
        "[gguf] f: the file ends inside the name of tensor 2, 1 bytes short");
}

void TestBrokenFiles::oneSentence()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sentence);
    writeBytes(root() + "f", bytes.toStdString());
    const int64_t before = peakKilobytes();
    QCOMPARE(QString::fromStdString(outcome(root() + "f", root())), sentence);
    QVERIFY2(peakKilobytes() - before < 64 * 1024, "opening took memory that the file only claims");
}

void TestBrokenFiles::folders_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* file, const std::string& bytes,
                        const char* sentence) {
        QTest::newRow(name) << QString(file) << QByteArray::fromStdString(bytes)
                            << QString(sentence);
    };
    const char* index = "model.safetensors.index.json";
    row("no model", "readme.txt", "hello",
        "[open] d holds no model: neither model.safetensors nor model.safetensors.index.json is "
        "there");
    row("a GGUF inside", "tiny.gguf", ggufFile({2, 2}, 0, 32),
        "[open] d holds no model: neither model.safetensors nor model.safetensors.index.json is "
        "there; to open tiny.gguf, name the file");
    row("empty weights", "model.safetensors", "", "[open] d/model.safetensors is empty (0 bytes)");
    row("GGUF under a wrong name", "model.safetensors", ggufFile({2, 2}, 0, 32),
        "[safetensors] d/model.safetensors: the file does not begin as a safetensors file does");
    row("broken index", index, "{",
        "[open] d/model.safetensors.index.json is not a valid index: "
        "it has no weight_map");
    row("index without map", index, "{\"weight_map\":[]}",
        "[open] d/model.safetensors.index.json is not a valid index: it has no weight_map");
    row("index out of the folder", index, R"({"weight_map":{"w":"../model.safetensors"}})",
        "[open] d/model.safetensors.index.json: tensor w is not mapped to a file name");
    row("missing shard", index, R"({"weight_map":{"w":"a.safetensors"}})",
        "[open] d/a.safetensors cannot be opened: no such file or folder");
}

void TestBrokenFiles::folders()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sentence);
    const std::string folder = root() + "d";
    fs::remove_all(folder);
    fs::create_directory(folder);
    writeBytes(folder + "/" + file.toStdString(), bytes.toStdString());
    QCOMPARE(QString::fromStdString(outcome(folder, root())), sentence);
}

/// The superuser may read everything, so the test becomes nobody for a moment.
void TestBrokenFiles::noPermission()
{
    const std::string path = root() + "secret";
    writeBytes(path, ggufFile({2, 2}, 0, 32));
    fs::permissions(root(), fs::perms::all);
    fs::permissions(path, fs::perms::none);
    const bool root = geteuid() == 0;
    if (root)
        QCOMPARE(seteuid(65534), 0);
    const std::string text = outcome(path, this->root());
    if (root)
        QCOMPARE(seteuid(0), 0);
    QCOMPARE(text, std::string("[open] secret cannot be opened: permission denied"));
    QCOMPARE(outcome(this->root() + "nowhere", this->root()),
             std::string("[open] nowhere cannot be opened: no such file or folder"));
}

/// A sparse file of 1 GB whose header claims to fill it.
void TestBrokenFiles::hugeClaimsCostNothing()
{
    const std::string path = root() + "huge";
    writeBytes(path, Bytes().u64((1ULL << 30) - 8).raw("{\"w\":").text());
    fs::resize_file(path, 1ULL << 30);
    const int64_t before = peakKilobytes();
    QCOMPARE(outcome(path, root()),
             std::string("[safetensors] huge: the header claims 1073741816 bytes, more than the "
                         "100000000 the format allows"));
    QVERIFY(peakKilobytes() - before < 16 * 1024);
    fs::remove(path);
}

void TestBrokenFiles::unknownTypesAreListed()
{
    writeBytes(root() + "f", ggufFile({256, 3}, 17, 256));
    Checkpoint known = openCheckpoint(root() + "f");
    QCOMPARE(known.tensors.at(0).type, std::string("IQ2_XS"));
    QCOMPARE(known.tensors.at(0).shape, (Shape{3, 256}));
    QCOMPARE(known.tensors.at(0).bytes.size(), size_t{3 * 74});
    QVERIFY(!known.tensors.at(0).scheme);
    QVERIFY_EXCEPTION_THROWN(known.tensors.at(0).readRows(0, 1), Error);

    writeBytes(root() + "f", ggufFile({256, 3}, 99, 0));
    QCOMPARE(openCheckpoint(root() + "f").tensors.at(0).type, std::string("type 99"));

    writeBytes(root() + "f", entry(R"({"dtype":"I64","shape":[2],"data_offsets":[0,16]})"));
    QCOMPARE(openCheckpoint(root() + "f").tensors.at(0).type, std::string("I64"));
    writeBytes(root() + "f", entry(R"({"dtype":"Q9","shape":[7],"data_offsets":[0,16]})"));
    QCOMPARE(openCheckpoint(root() + "f").tensors.at(0).type, std::string("Q9"));
}

void TestBrokenFiles::mutationsNeverCrash_data()
{
    QTest::addColumn<QByteArray>("bytes");
    Bytes gguf = ggufHead(2, 4);
    gguf.string("general.architecture").u32(8).string("llama");
    gguf.string("llama.block_count").u32(4).u32(2);
    gguf.string("tokens").u32(9).u32(8).u64(2).string("ab").string("c");
    gguf.string("scores").u32(9).u32(6).u64(2).number(1.0F).number(2.0F);
    addGgufTensor(gguf, "a.weight", {64, 2}, 8, 0);
    addGgufTensor(gguf, "b.weight", {4}, 0, 160);
    QTest::newRow("gguf") << QByteArray::fromStdString(gguf.align(32).zeros(192).text());
    QTest::newRow("safetensors") << QByteArray::fromStdString(safetensorsFile(
        R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}})",
        std::string(20, '\1')));
}

/// Changes, cuts and doubles bytes: whatever comes out opens and reads, or is refused by an Error.
void TestBrokenFiles::mutationsNeverCrash()
{
    QFETCH(QByteArray, bytes);
    const std::string sound = bytes.toStdString();
    int opened = 0;
    constexpr uint64_t kMutations = 1500;
    for (uint64_t i = 0; i < kMutations; ++i) {
        std::string text = sound;
        for (uint64_t change = 0; change <= randomBits(i, 0) % 3; ++change) {
            const size_t at = randomBits(i, 3 * change + 1) % text.size();
            const auto byte = static_cast<char>(randomBits(i, 3 * change + 2));
            const uint64_t kind = randomBits(i, 3 * change + 3) % 8;
            if (kind == 0)
                text.resize(at + 1);
            else if (kind == 1)
                text.insert(at, text.substr(at, 8));
            else
                text[at] = kind == 2 ? static_cast<char>(text[at] ^ (1 << (byte & 7))) : byte;
        }
        writeBytes(root() + "mutant", text);
        try {
            const Checkpoint checkpoint = openCheckpoint(root() + "mutant");
            checkpoint.identity();
            for (const StoredTensor& tensor : checkpoint.tensors)
                if (tensor.scheme)
                    tensor.read();
            ++opened;
        } catch (const Error& error) {
            QVERIFY(std::string(error.what()).size() < 600);
        }
    }
    QVERIFY(opened > 0 && opened < static_cast<int>(kMutations));
}

QTEST_APPLESS_MAIN(TestBrokenFiles)
#include "tst_broken_files.moc"
