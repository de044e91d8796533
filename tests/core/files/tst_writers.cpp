// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/formats/writers.h"
#include "tests/core/files/file_builders.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>

#include <sys/resource.h>

namespace fs = std::filesystem;
using namespace bitloom;

namespace {

std::string contents(const std::string& path)
{
    return readTextFile(path);
}

/// Pseudo-random stored bytes: the writers must carry any bytes, sound numbers or not.
TensorToWrite tensor(const std::string& name, const Shape& shape, const std::string& scheme,
                     uint64_t seed = 1)
{
    const auto produce = [shape, scheme, seed] {
        std::span<std::byte> bytes;
        PackedTensor packed = PackedTensor::allocate(
            schemeNamed(scheme), elementCount(shape) / shape.back(), shape.back(), bytes);
        for (size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::byte>(randomBits(seed, i));
        return packed;
    };
    return {name, shape, scheme, produce};
}

std::string errorOf(const std::function<void()>& work)
{
    return refusal(work).toStdString();
}

/// Stops when asked for the given time, and remembers what it was told.
class StoppingProgress : public Progress {
public:
    explicit StoppingProgress(int after)
        : m_left(after)
    {
    }
    void report(double fraction, std::string_view what) override
    {
        fractions.push_back(fraction);
        names.emplace_back(what);
    }
    bool stopRequested() const override { return m_left-- <= 0; }

    std::vector<double> fractions;
    std::vector<std::string> names;

private:
    mutable int m_left;
};

std::vector<GgufEntry> allTypes()
{
    using Type = GgufEntry::Type;
    return {
        {"general.architecture", Type::String, std::string("llama")},
        {"u32", Type::U32, uint64_t{4000000000}},
        {"u32.signed", Type::U32, int64_t{7}},
        {"i32", Type::I32, int64_t{-7}},
        {"f32", Type::F32, 0.5},
        {"bool", Type::Bool, true},
        {"tokens", Type::ArrayString,
         std::vector<std::string>{"a", "",
                                  "\xE2\x96\x81"
                                  "b"}},
        {"scores", Type::ArrayF32, std::vector<double>{-1.5, 0}},
        {"types", Type::ArrayI32, std::vector<int64_t>{1, -6}},
        {"counts", Type::ArrayU32, std::vector<int64_t>{3, 4}},
    };
}

} // namespace

class TestWriters : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    Progress m_silent;
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    int filesInFolder() const
    {
        return static_cast<int>(std::distance(fs::directory_iterator(m_folder.path().toStdString()),
                                              fs::directory_iterator()));
    }

private Q_SLOTS:
    void ggufHoldsEveryScheme();
    void ggufBytesByHand();
    void ggufMetadataComesBack();
    void safetensorsComeBack();
    void shardsAndCacheFolders();
    void rowOrderIsApplied();
    void identityFollowsContent();
    void refusals();
    void stoppingLeavesTheOldFile();
    void fullDiskLeavesTheOldFile();
    void linksAndPermissionsStay();
    void textFiles();
};

void TestWriters::ggufHoldsEveryScheme()
{
    std::vector<TensorToWrite> tensors;
    for (const Scheme* scheme : schemes())
        if (ggufType(scheme->id()) >= 0)
            tensors.push_back(tensor("w." + std::string(scheme->id()), {3, 512},
                                     std::string(scheme->id()), tensors.size()));
    QVERIFY(tensors.size() >= 13);
    tensors.push_back(tensor("odd", {5, 7}, "f16"));
    tensors.push_back(tensor("vector", {9}, "f32"));
    QVERIFY(writeGguf(path("all.gguf"), allTypes(), tensors, m_silent));
    const Checkpoint read = openCheckpoint(path("all.gguf"));
    QCOMPARE(read.format, std::string("gguf"));
    QCOMPARE(read.fileBytes, ggufBytes(allTypes(), tensors));
    QCOMPARE(read.fileBytes, static_cast<int64_t>(fs::file_size(path("all.gguf"))));
    QCOMPARE(read.tensors.size(), tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) {
        QCOMPARE(read.tensors[i].name, tensors[i].name);
        QCOMPARE(read.tensors[i].shape, tensors[i].shape);
        QCOMPARE(read.tensors[i].type, tensors[i].scheme);
        const PackedTensor expected = tensors[i].produce();
        const PackedTensor got = read.tensors[i].packed();
        QVERIFY(std::equal(got.bytes.begin(), got.bytes.end(), expected.bytes.begin(),
                           expected.bytes.end()));
        QCOMPARE(reinterpret_cast<uintptr_t>(got.bytes.data()) % 32, uintptr_t{0});
    }
}

/// 24 bytes of head, one entry of 8+1+4+4, one tensor of 8+1+4+16+4+8, padded to 96; then 2 rows of
/// 34 bytes padded to 96.
void TestWriters::ggufBytesByHand()
{
    const std::vector<GgufEntry> metadata = {{"k", GgufEntry::Type::U32, uint64_t{1}}};
    const std::vector<TensorToWrite> tensors = {tensor("w", {2, 32}, "q8_0")};
    QCOMPARE(ggufBytes(metadata, tensors), int64_t{96 + 96});
    QVERIFY(writeGguf(path("hand.gguf"), metadata, tensors, m_silent));
    const std::string written = contents(path("hand.gguf"));
    QCOMPARE(written.size(), size_t{192});
    QCOMPARE(written.substr(0, 24), ggufHead(1, 1).text());
    QCOMPARE(written.substr(96 + 68), std::string(28, '\0'));
}

void TestWriters::ggufMetadataComesBack()
{
    QVERIFY(writeGguf(path("meta.gguf"), allTypes(), {tensor("w", {2, 2}, "f32")}, m_silent));
    const auto metadata = openCheckpoint(path("meta.gguf")).metadata;
    QCOMPARE(metadata.size(), allTypes().size());
    QCOMPARE(std::get<uint64_t>(metadata.at("u32")), uint64_t{4000000000});
    QCOMPARE(std::get<uint64_t>(metadata.at("u32.signed")), uint64_t{7});
    for (const GgufEntry& entry : allTypes())
        if (entry.key != "u32" && entry.key != "u32.signed")
            QVERIFY2(metadata.at(entry.key) == entry.value, entry.key.c_str());
}

void TestWriters::safetensorsComeBack()
{
    const std::vector<TensorToWrite> tensors = {tensor("half", {3, 5}, "f16"),
                                                tensor("brain", {3}, "bf16"),
                                                tensor("full", {2, 3, 4}, "f32")};
    const std::map<std::string, std::string> sideFiles = {{"config.json", "{\"a\": \"ü\"}\n"}};
    QVERIFY(writeSafetensors(path("m.safetensors"), tensors, sideFiles, m_silent));
    const Checkpoint read = openCheckpoint(path("m.safetensors"));
    QCOMPARE(read.format, std::string("safetensors"));
    QCOMPARE(read.sideFiles, sideFiles);
    QVERIFY(read.metadata.empty());
    QCOMPARE(read.fileBytes, safetensorsBytes(tensors, sideFiles));
    QCOMPARE(read.fileBytes, static_cast<int64_t>(fs::file_size(path("m.safetensors"))));
    QCOMPARE(read.tensors.front().name, std::string("full")); // wider types lie first
    for (const TensorToWrite& written : tensors) {
        const StoredTensor* found = read.find(written.name);
        QVERIFY(found);
        QCOMPARE(found->shape, written.shape);
        QCOMPARE(found->type, written.scheme);
        const PackedTensor expected = written.produce();
        QVERIFY(std::equal(found->bytes.begin(), found->bytes.end(), expected.bytes.begin(),
                           expected.bytes.end()));
        const Matrix values = found->read();
        QCOMPARE(std::memcmp(values.values.data(), expected.decode().values.data(),
                             values.values.size() * sizeof(float)),
                 0);
    }
    QVERIFY(!read.find("nothing"));
}

void TestWriters::shardsAndCacheFolders()
{
    const fs::path cache = path("models--a--b");
    const fs::path snapshot = cache / "snapshots" / "abc123";
    fs::create_directories(snapshot);
    fs::create_directories(cache / "blobs");
    fs::create_directories(cache / "refs");
    writeSafetensors((cache / "blobs" / "1").string(), {tensor("a", {2, 2}, "f32", 1)}, {},
                     m_silent);
    writeSafetensors((cache / "blobs" / "2").string(),
                     {tensor("b", {2, 2}, "f16", 2), tensor("stale", {1}, "f16", 2)}, {}, m_silent);
    fs::create_symlink("../../blobs/1", snapshot / "one.safetensors");
    fs::create_symlink("../../blobs/2", snapshot / "two.safetensors");
    const fs::path index = snapshot / "model.safetensors.index.json";
    writeTextFile(index.string(),
                  R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
    writeTextFile((snapshot / "config.json").string(), "{}");
    writeTextFile((cache / "refs" / "main").string(), "abc123\n");
    for (const fs::path& folder : {snapshot, cache}) {
        const Checkpoint read = openCheckpoint(folder.string());
        QCOMPARE(read.tensors.size(), size_t{3});
        QVERIFY(read.find("a")->inIndex && read.find("b")->inIndex);
        QVERIFY(!read.find("stale")->inIndex); // who loads whole shards finds it
        QCOMPARE(read.find("b")->type, std::string("f16"));
        QCOMPARE(read.sideFiles.at("config.json"), std::string("{}"));
        QCOMPARE(read.fileBytes, static_cast<int64_t>(fs::file_size(cache / "blobs" / "1") +
                                                      fs::file_size(cache / "blobs" / "2")));
    }
    writeTextFile(index.string(),
                  R"({"weight_map":{"a":"one.safetensors","c":"two.safetensors"}})");
    QCOMPARE(errorOf([&] { openCheckpoint(snapshot.string()); }),
             "[open] " + (snapshot / "two.safetensors").string() +
                 " lacks tensor c, which the index places there");
    // The same name in two shards: harmless only where both say the same.
    writeTextFile(index.string(),
                  R"({"weight_map":{"a":"one.safetensors","c":"two.safetensors"}})");
    for (const uint64_t seed : {1, 3}) {
        writeSafetensors((cache / "blobs" / "2").string(),
                         {tensor("a", {2, 2}, "f32", seed), tensor("c", {1}, "f16", 2)}, {},
                         m_silent);
        if (seed == 1)
            QVERIFY(openCheckpoint(snapshot.string()).find("a")->inIndex);
    }
    QCOMPARE(errorOf([&] { openCheckpoint(snapshot.string()); }),
             "[open] tensor a is in " + (snapshot / "one.safetensors").string() +
                 " and differs from that in " + (snapshot / "two.safetensors").string());
    fs::remove(cache / "blobs" / "2");
    QCOMPARE(errorOf([&] { openCheckpoint(snapshot.string()); }),
             "[open] " + (snapshot / "two.safetensors").string() +
                 " is a link to ../../blobs/2, which is not there");
}

void TestWriters::rowOrderIsApplied()
{
    QVERIFY(writeGguf(path("order.gguf"), {}, {tensor("w", {6, 64}, "q4_0")}, m_silent));
    StoredTensor stored = openCheckpoint(path("order.gguf")).tensors.at(0);
    const Matrix plain = stored.read();
    stored.rowOrder = {0, 3, 4, 5, 1, 2};
    const Matrix ordered = stored.readRows(1, 5);
    const PackedTensor packed = stored.packed();
    for (int64_t r = 0; r < 6; ++r) {
        const auto expected = plain.row(stored.rowOrder[static_cast<size_t>(r)]);
        const Matrix alone = packed.decodeRows(r, 1);
        QCOMPARE(std::memcmp(alone.values.data(), expected.data(), expected.size_bytes()), 0);
        if (r > 0)
            QCOMPARE(std::memcmp(ordered.row(r - 1).data(), expected.data(), expected.size_bytes()),
                     0);
    }
}

void TestWriters::identityFollowsContent()
{
    const auto identity = [&](const char* name, const std::vector<TensorToWrite>& tensors) {
        writeGguf(path(name), allTypes(), tensors, m_silent);
        return openCheckpoint(path(name)).identity();
    };
    const std::string first = identity("i1", {tensor("w", {64, 256}, "f32", 1)});
    QCOMPARE(first.size(), size_t{32});
    QCOMPARE(identity("i2", {tensor("w", {64, 256}, "f32", 1)}), first);
    QVERIFY(identity("i3", {tensor("w", {64, 256}, "f32", 2)}) != first);
    QVERIFY(identity("i4", {tensor("v", {64, 256}, "f32", 1)}) != first);
    QVERIFY(identity("i5", {tensor("w", {256, 64}, "f32", 1)}) != first);
}

void TestWriters::refusals()
{
    const auto gguf = [&](const TensorToWrite& one) {
        return errorOf([&] {
            writeGguf(path("no.gguf"), {}, {one, tensor("z", {1}, "f32")}, m_silent);
        });
    };
    QCOMPARE(gguf(tensor("w", {2, 32}, "int4-g32-sym")),
             std::string("[gguf] tensor w is int4-g32-sym, which GGUF cannot hold"));
    QCOMPARE(gguf(tensor("z", {2, 32}, "f32")),
             "[gguf] " + path("no.gguf") + ": tensor z would be there twice");
    QVERIFY(gguf(tensor(std::string(64, 'n'), {2}, "f32")).ends_with("longer than 63 bytes"));
    TensorToWrite bad = tensor("w", {2, 48}, "f16");
    bad.scheme = "q8_0";
    QCOMPARE(gguf(bad), std::string("[write] tensor w has rows of 48, which q8_0 does not take"));
    TensorToWrite liar = tensor("w", {2, 32}, "f16");
    liar.shape = {3, 32};
    QCOMPARE(gguf(liar), "[write] " + path("no.gguf") +
                             ": tensor w came as 128 bytes of f16 instead of 192 bytes of f16");
    QCOMPARE(errorOf([&] {
                 writeGguf(path("no.gguf"), {{"k", GgufEntry::Type::U32, std::string("x")}}, {},
                           m_silent);
             }),
             std::string("[gguf] metadata k has a value that is not of its type"));
    QCOMPARE(
        errorOf([&] {
            writeSafetensors(path("no.safetensors"), {tensor("w", {2, 32}, "q8_0")}, {}, m_silent);
        }),
        std::string("[safetensors] tensor w is q8_0, which safetensors cannot hold"));
    QVERIFY(!fs::exists(path("no.gguf")));
    QCOMPARE(errorOf([&] { writeTextFile(path("nowhere/f"), "x"); }),
             "[write] " + path("nowhere/f") + " cannot be written: no such file or folder");
    QCOMPARE(errorOf([&] { writeTextFile(m_folder.path().toStdString(), "x"); }),
             "[write] " + m_folder.path().toStdString() + " is a folder, not a file");
}

void TestWriters::stoppingLeavesTheOldFile()
{
    const std::vector<TensorToWrite> tensors = {tensor("a", {4, 32}, "q8_0"),
                                                tensor("b", {4, 32}, "q8_0")};
    writeTextFile(path("old.gguf"), "old");
    const int before = filesInFolder();
    for (int after = 0; after < 5; ++after) {
        StoppingProgress progress(after);
        QVERIFY(!writeGguf(path("old.gguf"), {}, tensors, progress));
        QVERIFY(after != 1 || progress.names == std::vector<std::string>{"a"});
    }
    QCOMPARE(contents(path("old.gguf")), std::string("old"));
    QCOMPARE(filesInFolder(), before);
    StoppingProgress patient(1000);
    QVERIFY(writeGguf(path("old.gguf"), {}, tensors, patient));
    QCOMPARE(patient.names, (std::vector<std::string>{"a", "b"}));
    QVERIFY(std::is_sorted(patient.fractions.begin(), patient.fractions.end()));
    QCOMPARE(openCheckpoint(path("old.gguf")).tensors.size(), size_t{2});
}

/// A limit on file sizes stands in for a full disk: the same calls fail.
void TestWriters::fullDiskLeavesTheOldFile()
{
    writeTextFile(path("full.gguf"), "old");
    const int before = filesInFolder();
    const auto previous = signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small = {4096, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string cause = errorOf([&] {
        writeGguf(path("full.gguf"), {}, {tensor("w", {64, 256}, "f32")}, m_silent);
    });
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, previous);
    QCOMPARE(cause, "[write] " + path("full.gguf") +
                        " could not be written: the file would be larger than is allowed here");
    QCOMPARE(contents(path("full.gguf")), std::string("old"));
    QCOMPARE(filesInFolder(), before);
}

void TestWriters::linksAndPermissionsStay()
{
    writeTextFile(path("real"), "old");
    fs::permissions(path("real"), fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink("real", path("alias"));
    writeTextFile(path("alias"), "new");
    QVERIFY(fs::is_symlink(path("alias")));
    QCOMPARE(contents(path("real")), std::string("new"));
    QCOMPARE(fs::status(path("real")).permissions(),
             fs::perms::owner_read | fs::perms::owner_write);
}

void TestWriters::textFiles()
{
    const std::string text = std::string("line\nnul \0 broken \xFF", 19) + std::string(200000, 'x');
    writeTextFile(path("text"), text);
    QCOMPARE(readTextFile(path("text")), text);
    writeTextFile(path("text"), "");
    QCOMPARE(readTextFile(path("text")), std::string());
    QCOMPARE(errorOf([&] { readTextFile(path("missing")); }),
             "[open] " + path("missing") + " cannot be opened: no such file or folder");
    QCOMPARE(errorOf([&] { readTextFile(m_folder.path().toStdString()); }),
             "[open] " + m_folder.path().toStdString() + " is a folder, not a file");
}

QTEST_APPLESS_MAIN(TestWriters)
#include "tst_writers.moc"
