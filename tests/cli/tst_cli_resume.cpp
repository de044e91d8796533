// SPDX-License-Identifier: GPL-3.0-or-later
// A measurement that is killed goes on where it was.
#include "core/base/random.h"
#include "tests/cli/run_cli.h"

#include <QTemporaryDir>

using namespace bitloom;

namespace {

/// A run of the command line with a cache of its own, that may be killed.
class Measurement {
public:
    explicit Measurement(const QString& cache)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("BITLOOM_CACHE", cache);
        m_process.setProcessEnvironment(environment);
        m_process.start(qEnvironmentVariable("BITLOOM_CLI"),
                        {"sensitivity", "sample", "--text", sampleFile("calibration.txt"), "--json",
                         "--progress"});
        m_clock.start();
    }
    /// Ends it by SIGKILL after so long, and not before it told of so many windows, unless it ended
    /// before.
    void killAfter(qint64 milliseconds, int windows)
    {
        while ((m_clock.elapsed() < milliseconds || m_shown < windows) &&
               m_process.state() != QProcess::NotRunning) {
            m_process.waitForReadyRead(20);
            readProgress();
        }
        m_process.kill();
        m_process.waitForFinished();
        readProgress();
    }
    QJsonObject finish()
    {
        m_process.waitForFinished(120'000);
        readProgress();
        return QJsonDocument::fromJson(m_process.readAllStandardOutput()).object();
    }
    qint64 elapsed() const { return m_clock.elapsed(); }
    /// The last window it told of; 0: none yet.
    int windowsShown() const { return m_shown; }

private:
    void readProgress()
    {
        static const QRegularExpression shown("% window (\\d+) of");
        m_text += QString::fromUtf8(m_process.readAllStandardError());
        for (auto line = shown.globalMatch(m_text); line.hasNext();)
            m_shown = std::max(m_shown, line.next().captured(1).toInt());
    }

    QProcess m_process;
    QElapsedTimer m_clock;
    QString m_text;
    int m_shown = 0;
};

/// Of the Fisher sums: how many windows are in them; 0: there are none.
qint64 windowsOnDisk(const QString& cache)
{
    const QDir folder(cache);
    for (const QString& entry : folder.entryList({"fisher.*"})) {
        QFile sums(folder.filePath(entry + "/sums"));
        qint64 windows = 0;
        constexpr qint64 kSeal = 32;
        if (sums.open(QFile::ReadOnly) && sums.seek(kSeal) &&
            sums.read(reinterpret_cast<char*>(&windows), sizeof windows) == sizeof windows)
            return windows;
    }
    return 0;
}

} // namespace

class TestCliResume : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void killedTenTimes()
    {
        const QTemporaryDir folder;
        Measurement undisturbed(folder.filePath("undisturbed"));
        const QJsonObject wanted = undisturbed.finish();
        const qint64 whole = undisturbed.elapsed();
        const qint64 all = wanted["windows"].toInt();
        QVERIFY(all > 40);

        const QString cache = folder.filePath("killed");
        qint64 kept = 0;
        for (uint64_t i = 0; i < 10; ++i) {
            Measurement measurement(cache);
            const double share = randomUniform(7, i) / 4;
            // The later ones also where windows are under way, however busy the machine is.
            measurement.killAfter(static_cast<qint64>(share * static_cast<double>(whole)),
                                  i < 5 ? 0 : 1);
            const qint64 now = windowsOnDisk(cache);
            QVERIFY(now >= kept);
            QVERIFY(now >= measurement.windowsShown());
            kept = now;
        }
        qInfo("%lld of %lld windows were kept over ten kills; a run takes %.1f s", kept, all,
              static_cast<double>(whole) / 1000);
        QVERIFY(kept > 0);
        QCOMPARE(Measurement(cache).finish(), wanted);
        QCOMPARE(windowsOnDisk(cache), all);

        Measurement again(cache);
        QCOMPARE(again.finish(), wanted);
        QCOMPARE(again.windowsShown(), 0); // nothing is measured twice
    }
};

QTEST_APPLESS_MAIN(TestCliResume)
#include "tst_cli_resume.moc"
