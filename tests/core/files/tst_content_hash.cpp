// SPDX-License-Identifier: GPL-3.0-or-later
// A model is what all of its bytes say, and is read for that once.
#include "core/files/formats/writers.h"
#include "core/files/store/content_hash.h"
#include "tests/stop_after.h"
#include "tests/test_data.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

using namespace bitloom;

namespace {

namespace fs = std::filesystem;

std::optional<std::string> hashOf(const std::string& folder, const MeasurementStore& store = {})
{
    Progress progress;
    return ContentHash(openCheckpoint(folder), store.notes()).hex(progress);
}

/// Far from what a cheap identity looks at: behind the first 2048 bytes of the largest tensor.
qint64 unsampledByte(const std::string& folder)
{
    const Checkpoint checkpoint = openCheckpoint(folder);
    const auto largest = std::max_element(
        checkpoint.tensors.begin(), checkpoint.tensors.end(),
        [](const auto& a, const auto& b) { return a.bytes.size() < b.bytes.size(); });
    return largest->bytes.data() - largest->file->bytes().data() + 4096;
}

/// As a tool would that sets the time back.
void changeByte(const std::string& folder, qint64 place)
{
    const std::string path = folder + "/model.safetensors";
    struct stat before = {};
    QVERIFY(stat(path.c_str(), &before) == 0);
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QFile::ReadWrite));
    file.seek(place);
    const QByteArray byte = file.read(1);
    file.seek(place);
    file.write(QByteArray(1, static_cast<char>(byte[0] ^ 1)));
    file.close();
    const std::array times = {before.st_atim, before.st_mtim};
    QVERIFY(utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
}

} // namespace

class TestContentHash : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string copyOfSample(const char* name) const
    {
        const std::string folder = m_folder.filePath(name).toStdString();
        fs::copy(sampleData(), folder);
        for (const auto& file : fs::directory_iterator(folder))
            fs::permissions(file.path(), fs::perms::owner_all);
        return folder;
    }
    MeasurementStore store(const char* name) const
    {
        return MeasurementStore(m_folder.filePath(name).toStdString());
    }

private Q_SLOTS:
    void everyByteCounts()
    {
        const std::string folder = copyOfSample("bytes");
        const auto before = hashOf(folder);
        const std::string cheap = openCheckpoint(folder).identity();
        QVERIFY(before);
        QCOMPARE(hashOf(sampleData()), before); // wherever it lies
        const qint64 place = unsampledByte(folder);
        changeByte(folder, place);
        QCOMPARE(openCheckpoint(folder).identity(), cheap);
        const auto after = hashOf(folder);
        QVERIFY(after && after != before);
        changeByte(folder, place);
        QCOMPARE(hashOf(folder), before);
    }

    void sideFilesCount()
    {
        const std::string folder = copyOfSample("side");
        const auto before = hashOf(folder);
        std::string text = readTextFile(folder + "/tokenizer_config.json");
        writeTextFile(folder + "/tokenizer_config.json", text + " ");
        QVERIFY(hashOf(folder) != before);
    }

    void aFileThatStayedIsNotReadAgain()
    {
        const auto known = hashOf(sampleData(), store("noted"));
        StopAfter impatient(0); // before anything is read
        ContentHash again(openCheckpoint(sampleData()), store("noted").notes());
        QCOMPARE(again.hex(impatient), known);
        ContentHash elsewhere(openCheckpoint(sampleData()), store("other").notes());
        QVERIFY(!elsewhere.hex(impatient));
    }

    void aChangedFileIsReadAnew()
    {
        const std::string folder = copyOfSample("changed");
        const auto before = hashOf(folder, store("changes"));
        const qint64 place = unsampledByte(folder);
        changeByte(folder, place); // same size, same time of modification
        const auto after = hashOf(folder, store("changes"));
        QVERIFY(after != before);
        QCOMPARE(hashOf(folder), after);
    }

    void aStopKeepsWhatWasRead()
    {
        ContentHash content(openCheckpoint(sampleData()), {});
        StopAfter impatient(0);
        QVERIFY(!content.hex(impatient));
        Progress patient;
        QCOMPARE(content.hex(patient), hashOf(sampleData()));
        QCOMPARE(content.hex(impatient), hashOf(sampleData())); // nothing is left to read
    }

    void aModelSomebodyWritesToIsNoKnownOne()
    {
        const std::string folder = copyOfSample("written");
        ContentHash content(openCheckpoint(folder), {});
        Progress progress;
        QVERIFY(content.hex(progress));
        QFile file(QString::fromStdString(folder + "/model.safetensors"));
        QVERIFY(file.open(QFile::ReadWrite));
        file.seek(unsampledByte(folder));
        file.write("x");
        file.close();
        struct stat status = {};
        QVERIFY(stat(file.fileName().toLocal8Bit(), &status) == 0);
        const std::array later = {status.st_atim, timespec{status.st_mtim.tv_sec + 1, 0}};
        QVERIFY(utimensat(AT_FDCWD, file.fileName().toLocal8Bit(), later.data(), 0) == 0);
        QVERIFY(!content.hex(progress));
    }
};

QTEST_APPLESS_MAIN(TestContentHash)
#include "tst_content_hash.moc"
