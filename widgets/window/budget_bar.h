// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAbstractSpinBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace bitloom {

class BudgetSpin;

/// What a fit must keep within: a size, in bits per weight or in MiB, which follow each other (file
/// bytes = fixed bytes + bits · weights / 8); memory while it runs; the time of a token; or a size
/// and one of these.
class BudgetBar : public QWidget {
    Q_OBJECT

public:
    explicit BudgetBar(QWidget* parent = nullptr);

    enum Limit { Size = 1, Memory = 2, Time = 4 };
    Q_DECLARE_FLAGS(Limits, Limit)

    /// Which budgets count.
    Limits limits() const;
    void setLimits(Limits limits);
    qint64 memoryBytes() const;
    void setMemoryBytes(qint64 bytes);
    /// Tokens of the text that the memory holds, and how many there may be.
    int positions() const;
    void setPositions(int now, int most);
    double milliseconds() const;

    /// `weights` that can be quantized, and the bytes of the file that are not theirs.
    void setRelation(qint64 weights, qint64 fixedBytes);
    /// Fewest and most bits per weight that the offered schemes can reach, and why there are no
    /// fewer: "with rows of 172"; may be empty.
    void setRange(double leastBits, double mostBits, const QString& leastReason = {});
    void setBits(double bits);
    double bits() const;
    double mebibytes() const;
    /// The size budget as it was put: "4.50 bits" or "2.05 MiB"; empty where no size counts.
    QString sizeText() const;
    /// A method that Fit may encode with; the first one is chosen.
    void addMethod(const QString& id, const QString& title, const QString& description);
    QString method() const;
    void setMethod(const QString& id);
    /// As if MiB had been edited; a size counts from now on.
    void setMebibytes(double mebibytes);
    qint64 bytes() const;
    /// Whether MiB was edited last.
    bool byBytes() const { return m_byBytes; }
    /// `why` is said while disabled.
    void setFitEnabled(bool enabled, const QString& why = {});
    /// "4.49 bits, 0.51 MiB, predicted KL 0.0059".
    void setResult(const QString& text);
    /// The least width that shows everything whole, whatever the figures of the result are.
    int wholeWidth() const;
    /// Without the result, which takes what room there is.
    QSize minimumSizeHint() const override;
    /// As if Fit had been clicked, where that is possible, and not with the number that stands for
    /// one that was refused just now.
    void requestFit();

signals:
    /// The user asked for a fit: by bytes (byBytes), else by bits.
    void fitRequested();
    /// Another budget, or the same one means another size now.
    void budgetChanged(double mebibytes);
    /// Other budgets count, or the memory holds another text.
    void limitsChanged();
    /// A number was typed that is not possible; the sentence says why and what is.
    void refused(const QString& sentence);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void addKinds();
    /// Shows what belongs to the budgets that count.
    void showLimits();
    void fitOnReturn(QAbstractSpinBox* box);
    BudgetSpin* spin(const QString& name, const QString& label, const QString& unit);
    /// What was typed counts, also where the editing goes on.
    void readTyped();
    /// Not with what stands for a number that the press refused; the next click means it.
    void fitClicked();
    void refuse(const BudgetSpin& box, double typed);
    /// "6.94 bits", rounded so that it is possible.
    static QString least(const BudgetSpin& box);
    static QString most(const BudgetSpin& box);
    void showRanges();
    double toMebibytes(double bits) const;
    double toBits(double mebibytes) const;
    void bitsEdited(double bits);
    void mebibytesEdited(double mebibytes);
    /// The result has its room before the lists have more than they need.
    void giveRoomToResult();
    /// Ranges, steps and the MiB after the relation or the limits changed.
    void follow();

    QComboBox* m_kind = nullptr;
    BudgetSpin* m_bits = nullptr;
    QLabel* m_equals = nullptr;
    BudgetSpin* m_mebibytes = nullptr;
    BudgetSpin* m_memory = nullptr;
    QLabel* m_at = nullptr;
    QSpinBox* m_positions = nullptr;
    BudgetSpin* m_milliseconds = nullptr;
    QComboBox* m_method = nullptr;
    QPushButton* m_fit = nullptr;
    QLabel* m_result = nullptr;
    qint64 m_weights = 0;
    qint64 m_fixedBytes = 0;
    bool m_byBytes = false;
    double m_leastBits = 0;
    double m_mostBits = 0;
    QString m_leastReason;
    bool m_justRefused = false;  ///< a typed number, in this turn of the event loop
    bool m_pressRefused = false; ///< the press on Fit ended the editing of such a number
};

Q_DECLARE_OPERATORS_FOR_FLAGS(BudgetBar::Limits)

} // namespace bitloom
