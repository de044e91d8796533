// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/measurement_store.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <chrono>
#include <filesystem>

using namespace bitloom;

namespace {

Fingerprint keyOf(int64_t number)
{
    Fingerprint key;
    key.add(number);
    return key;
}

std::vector<float> copyOf(Scratch& scratch)
{
    return {scratch.values().begin(), scratch.values().end()};
}

} // namespace

class TestMeasurementStore : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// The one folder of measurements of a kind.
    static QString folderOf(const std::string& store, const char* kind)
    {
        const QDir folder(QString::fromStdString(store));
        return folder.filePath(folder.entryList({QString(kind) + "*"}).value(0));
    }

    std::string fresh()
    {
        static int count = 0;
        return m_folder.filePath(QString::number(count++)).toStdString();
    }

private Q_SLOTS:
    void textsComeBack()
    {
        const std::string folder = fresh();
        const std::string content("a\0b\n", 4);
        MeasurementStore(folder).entry("kind", keyOf(1)).write("name", content);
        const MeasurementStore store(folder);
        QCOMPARE(store.entry("kind", keyOf(1)).read("name"), std::optional(content));
        QVERIFY(!MeasurementStore(fresh()).entry("kind", keyOf(1)).read("name"));
        QVERIFY(!store.entry("other", keyOf(1)).read("name"));
        QFile file(folderOf(folder, "kind") + "/name");
        QVERIFY(file.open(QFile::ReadWrite));
        file.seek(file.size() - 1);
        file.write("x"); // as a power failure might
        file.close();
        QVERIFY(!store.entry("kind", keyOf(1)).read("name"));
        store.entry("kind", keyOf(1)).write("name", content);
        store.entry("kind", keyOf(1)).remove("name");
        QVERIFY(!store.entry("kind", keyOf(1)).read("name"));
    }

    void floatsStayOnlyWhenKept()
    {
        const MeasurementStore store(fresh());
        const MeasurementEntry entry = store.entry("kind", keyOf(1));
        {
            const auto lost = entry.floats("lost", 3);
            lost->values()[1] = 7;
            const auto stays = entry.floats("stays", 3);
            stays->values()[2] = 5;
            QVERIFY(!entry.stored("stays", 3)); // not before it is whole
            MeasurementEntry::keep(*stays);
        }
        QVERIFY(!entry.stored("lost", 3));
        QVERIFY(!entry.stored("stays", 4));
        QCOMPARE(copyOf(*entry.stored("stays", 3)), (std::vector<float>{0, 0, 5}));
    }

    void bytesComeBack()
    {
        const std::string folder = fresh();
        const MeasurementEntry entry = MeasurementStore(folder).entry("kind", keyOf(1));
        const std::vector<double> numbers{0.1, -1.0 / 3, 1e300};
        QVERIFY(entry.writeBytes("run.1", std::as_bytes(std::span(numbers))));
        std::vector<double> back(3);
        QVERIFY(entry.readBytes("run.1", std::as_writable_bytes(std::span(back))));
        QCOMPARE(back, numbers);
        std::vector<double> other(2);
        QVERIFY(!entry.readBytes("run.1", std::as_writable_bytes(std::span(other))) &&
                !entry.readBytes("run.2", std::as_writable_bytes(std::span(back))));
        QFile file(folderOf(folder, "kind") + "/run.1");
        QVERIFY(file.open(QFile::ReadWrite));
        file.seek(file.size() - 1);
        file.write("x"); // as a power failure might
        file.close();
        QVERIFY(!entry.readBytes("run.1", std::as_writable_bytes(std::span(back))));
        entry.write("run.2", "text");
        entry.write("running", "text");
        const auto half = entry.floats("run.3", 5); // has a name of its own until it is kept
        entry.removeAll("run.");
        const QDir left(folderOf(folder, "kind"));
        QCOMPARE(left.entryList(QDir::Files), QStringList{"running"});
        QVERIFY(!MeasurementEntry().writeBytes("run.1", std::as_bytes(std::span(numbers))));
        QVERIFY(!MeasurementEntry().readBytes("run.1", std::as_writable_bytes(std::span(back))));
    }

    void withoutAFolderEverythingWorksAndNothingStays()
    {
        for (const MeasurementStore& store :
             {MeasurementStore(), MeasurementStore("/proc/nowhere")}) {
            const MeasurementEntry entry = store.entry("kind", keyOf(1));
            entry.write("name", "text");
            QVERIFY(!entry.read("name"));
            const auto floats = entry.floats("floats", 2);
            floats->values()[0] = 1;
            MeasurementEntry::keep(*floats);
            QVERIFY(!entry.stored("floats", 2));
        }
    }

    void whatWasNotUsedForLongestGoes()
    {
        const std::string folder = fresh();
        const std::string large(1000, 'x');
        {
            const MeasurementStore store(folder, 10'000);
            for (int64_t i = 0; i < 3; ++i)
                store.entry("kind" + std::to_string(i), keyOf(i)).write("name", large);
            store.entry("kind3", keyOf(3)).write("name", large + large + large);
        }
        const auto touch = [&](int64_t i, int daysAgo) {
            const std::string number = std::to_string(i);
            const QString path = folderOf(folder, ("kind" + number).c_str());
            const auto time =
                std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * daysAgo);
            std::filesystem::last_write_time(path.toStdString(), time);
        };
        touch(0, 1);
        touch(1, 3);
        touch(2, 2);
        QDir(QString::fromStdString(folder)).mkdir("photos"); // not ours
        QFile photo(QString::fromStdString(folder + "/photos/one"));
        QVERIFY(photo.open(QFile::WriteOnly));
        photo.write(QByteArray(5000, 'x'));
        photo.close();
        const MeasurementStore small(folder, 2500);
        small.entry("kind", keyOf(9));
        QVERIFY(small.entry("kind3", keyOf(3)).read("name")); // too large, but used just before
        QVERIFY(small.entry("kind0", keyOf(0)).read("name"));
        QVERIFY(small.entry("kind2", keyOf(2)).read("name"));
        QVERIFY(!small.entry("kind1", keyOf(1)).read("name"));
        QVERIFY(photo.exists());
    }

    void contentsAreKeptApart()
    {
        const MeasurementStore store(fresh());
        store.of("one model").entry("kind", keyOf(1)).write("name", "text");
        QVERIFY(store.of("one model").entry("kind", keyOf(1)).read("name"));
        QVERIFY(!store.of("another").entry("kind", keyOf(1)).read("name"));
        QVERIFY(!store.entry("kind", keyOf(1)).read("name"));
    }

    void whatAnEarlierVersionKeptIsIgnoredAndGoes()
    {
        const std::string folder = fresh();
        const MeasurementStore store(folder);
        store.entry("kind", keyOf(1)).write("name", "text");
        store.notes().write("note", "text");
        QDir all(QString::fromStdString(folder));
        const QString now = all.entryList({"kind*"}).value(0);
        QVERIFY(now.contains("." + QString::number(MeasurementStore::kVersion) + "-"));
        const QString hash = now.section('-', -1);
        for (const char* earlier : {"kind-", "fisher-position-", "kind.1-"})
            QVERIFY(QDir().mkpath(all.filePath(earlier + hash)));
        QVERIFY(QFile::copy(all.filePath(now + "/name"), all.filePath("kind-" + hash + "/name")));
        const QString later =
            "kind." + QString::number(MeasurementStore::kVersion + 1) + "-" + hash;
        QVERIFY(all.mkpath(later)); // of a program that is newer than this one
        QVERIFY(all.rename(now, "kind.0-" + hash));
        QVERIFY(!store.entry("kind", keyOf(1)).read("name"));
        QCOMPARE(all.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name),
                 (QStringList{now, later, "notes"}));
        QVERIFY(store.notes().read("note"));
    }

    /// The folder may be anybody's, and others name folders by hashes too.
    void whatOthersKeepStays()
    {
        const std::string folder = fresh();
        const QString hash(32, '7');
        const QString version = QString::number(MeasurementStore::kVersion);
        QDir all(QString::fromStdString(folder));
        const auto holds = [&](const QString& name, const QString& file) {
            QVERIFY(all.mkpath(name + "/" + file.section('/', 0, -2)));
            QFile one(all.filePath(name + "/" + file));
            QVERIFY(one.open(QFile::WriteOnly));
            one.write(QByteArray(5000, 'x'));
        };
        holds("photos-" + hash, "one.jpg");
        holds("layers." + version + "-" + hash, "layer.tar");
        holds("work", "mine");
        QVERIFY(QFile::link(all.filePath("work"), all.filePath("link-" + hash)));
        MeasurementStore(folder).entry("kind", keyOf(1)).write("name", "text");
        const QString old = "kind-" + hash; // an old one in which somebody put something
        QVERIFY(all.mkpath(old + "/nested"));
        QVERIFY(QFile::copy(folderOf(folder, "kind.") + "/name", all.filePath(old + "/name")));
        QVERIFY(all.rename(folderOf(folder, "kind."), all.filePath("kind.1-" + hash)));
        const MeasurementStore small(folder, 100);
        for (int64_t i = 2; i < 5; ++i)
            small.entry("kind", keyOf(i));
        for (const QString& stays :
             {"photos-" + hash + "/one.jpg", "layers." + version + "-" + hash + "/layer.tar",
              "link-" + hash + "/mine", old + "/name"})
            QVERIFY2(QFile::exists(all.filePath(stays)), qPrintable(stays));
        QVERIFY(!QFile::exists(all.filePath("kind.1-" + hash)));
    }

    void theUserSaysWhere()
    {
        const std::string folder = fresh();
        qputenv("BITLOOM_CACHE", QByteArray::fromStdString(folder));
        MeasurementStore::ofUser().entry("kind", keyOf(1)).write("name", "text");
        QVERIFY(MeasurementStore(folder).entry("kind", keyOf(1)).read("name"));
        qputenv("BITLOOM_CACHE", "off");
        QVERIFY(!MeasurementStore::ofUser().entry("kind", keyOf(1)).read("name"));
    }
};

QTEST_APPLESS_MAIN(TestMeasurementStore)
#include "tst_measurement_store.moc"
