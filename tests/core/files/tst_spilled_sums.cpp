// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/spilled_sums.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitloom;

namespace {

const std::vector<int64_t> kCounts = {1000, 0, 1};

/// A window adds 1 to every float.
void addWindow(SpilledSums& sums)
{
    for (size_t sum = 0; sum < kCounts.size(); ++sum)
        for (float& value : sums.values(sum))
            value += 1;
}

bool areOf(const SpilledSums& sums, size_t windows)
{
    for (size_t sum = 0; sum < kCounts.size(); ++sum)
        for (const float value : sums.values(sum))
            if (value != static_cast<float>(windows))
                return false;
    return sums.windows() == windows;
}

} // namespace

class TestSpilledSums : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int64_t m_number = 0;

    MeasurementEntry fresh()
    {
        Fingerprint key;
        key.add(++m_number);
        return MeasurementStore(m_folder.path().toStdString()).entry("sums", key);
    }

    QString newestFolder() const
    {
        const QDir all(m_folder.path());
        return all.filePath(all.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Time).front());
    }

private Q_SLOTS:
    void goOnBehindWhatWasKept()
    {
        const MeasurementEntry entry = fresh();
        {
            SpilledSums sums(entry, kCounts);
            QVERIFY(areOf(sums, 0));
            addWindow(sums);
            addWindow(sums);
            sums.reached(2, false); // the first time nothing says that keeping takes long
            addWindow(sums);        // never said to be reached
        }
        SpilledSums sums(entry, kCounts);
        QVERIFY(areOf(sums, 2));
        addWindow(sums);
        sums.reached(3, true);
        QVERIFY(areOf(SpilledSums(entry, kCounts), 3));
    }

    /// Whoever takes the sums may change them.
    void whatWasKeptStaysAsItIs()
    {
        const MeasurementEntry entry = fresh();
        SpilledSums sums(entry, kCounts);
        addWindow(sums);
        sums.reached(1, true);
        for (const auto& taken : std::move(sums).release())
            for (float& value : taken->values())
                value = 7;
        QVERIFY(areOf(SpilledSums(entry, kCounts), 1));
    }

    void otherSumsAreNotTheseSums()
    {
        const MeasurementEntry entry = fresh();
        SpilledSums sums(entry, kCounts);
        addWindow(sums);
        sums.reached(1, true);
        QCOMPARE(SpilledSums(entry, {1000, 0, 2}).windows(), size_t{0});
        QCOMPARE(SpilledSums(entry, {1000, 0, 2}).values(0).front(), 0.0F);
        SpilledSums nowhere({}, kCounts);
        addWindow(nowhere);
        nowhere.reached(1, true);
        QVERIFY(areOf(nowhere, 1));
    }

    /// Where there is no room, what was kept before stays.
    void aFailedKeepLosesNothing()
    {
        const MeasurementEntry entry = fresh();
        SpilledSums sums(entry, kCounts);
        addWindow(sums);
        sums.reached(1, true);
        addWindow(sums);
        QVERIFY(QDir(newestFolder()).mkdir("sum2.2")); // in the way of the last of them
        sums.reached(2, true);
        QVERIFY(areOf(sums, 2));
        QVERIFY(areOf(SpilledSums(entry, kCounts), 1));
    }

    /// Killed at any moment, also while it keeps.
    void survivesBeingKilled()
    {
        const MeasurementEntry entry = fresh();
        size_t before = 0;
        for (int round = 0; round < 10; ++round) {
            const pid_t child = fork();
            if (child == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                SpilledSums sums(entry, kCounts);
                while (true) {
                    addWindow(sums);
                    sums.reached(sums.windows() + 1, false);
                    usleep(20); // floats count so far only
                }
            }
            QTRY_VERIFY(SpilledSums(entry, kCounts).windows() > before);
            usleep(300 * static_cast<useconds_t>(round));
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
            const SpilledSums found(entry, kCounts);
            QVERIFY(areOf(found, found.windows()));
            QVERIFY(found.windows() > before);
            before = found.windows();
        }
        // One number of windows at a time takes room, whatever was left half done.
        SpilledSums sums(entry, kCounts);
        addWindow(sums);
        sums.reached(before + 1, true);
        QCOMPARE(QDir(newestFolder()).entryList(QDir::Files).size(), qsizetype{1 + 3});
    }
};

QTEST_GUILESS_MAIN(TestSpilledSums)
#include "tst_spilled_sums.moc"
