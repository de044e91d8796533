// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/compare/compare_view.h"

#include <QList>

class QDoubleSpinBox;
class QPlainTextEdit;
class QSpinBox;

namespace bitloom {

/// How the next token is drawn.
struct SamplingSettings {
    double temperature = 0; ///< 0: greedy
    int topK = 0;           ///< 0: off
    double topP = 1;
    quint64 seed = 1;
    int tokens = 100;
};

/// Two texts from the same prompt and seed, side by side, as they come; the first token in which
/// they differ is marked by background and underline.
class CompareTexts : public CompareView {
    Q_OBJECT

public:
    explicit CompareTexts(QWidget* parent = nullptr);

    SamplingSettings sampling() const;
    void setSampling(const SamplingSettings& settings);

    /// A piece is what one token added: whole characters.
    void appendOriginal(const QString& piece);
    void appendQuantized(const QString& piece);
    QString originalText() const;
    QString quantizedText() const;
    /// Position of the first differing character, -1 while one text begins with the other.
    int firstDifference() const { return static_cast<int>(m_difference); }

    QString promptHint() const override;
    void clear() override;
    QString summary(bool running) const override;

signals:
    void samplingChanged();

private:
    /// One of the two texts and where its tokens begin.
    struct Side {
        QPlainTextEdit* view = nullptr;
        QString text;
        QList<qsizetype> starts;
    };

    QWidget* buildSampling();
    QWidget* buildTexts();
    QPlainTextEdit* textView(const QString& name, const QString& label);
    void append(Side& side, const QString& piece);
    void findDifference(qsizetype from);
    void mark(const Side& side) const;

    QDoubleSpinBox* m_temperature = nullptr;
    QSpinBox* m_topK = nullptr;
    QDoubleSpinBox* m_topP = nullptr;
    QSpinBox* m_seed = nullptr;
    QSpinBox* m_tokens = nullptr;
    Side m_original;
    Side m_quantized;
    qsizetype m_difference = -1;
};

} // namespace bitloom
