/** English words that say nothing about a subject. They are neither indexed nor searched for. */
export const englishStopWords: ReadonlySet<string> = new Set(
  `a about above after again all also am an and any are aren as at be because been before being below between both but by
  can cannot could did do does doesn doing don down during each either else etc ever few for from further had has hasn
  have having he her here hers him his how however i ie eg if in instead into is isn it its itself just let like may me
  might more most much must my neither no nor not now of off on once one only onto or other our out over own per please
  rather same shall she should shouldn since so some such than that the their them then there therefore these they this
  those though through thus to too under until up upon us use used uses using very via was wasn we were what when where
  whether which while who whom whose why will with within without won would you your yours`.split(/\s+/),
)

/**
 * Words that a question or a commit message uses about code in general. They are indexed, because `fix` or `add` may be
 * a name, but a search counts them little when there are better words.
 */
export const chatterWords: ReadonlySet<string> = new Set(
  `add added adds allow allows avoid bug bugs bump change changed changes code correct correctly ensure feat feature file
  files fix fixed fixes fixing get gets handle handled handles implement implemented implements improve improved issue
  issues make makes minor new now only prevent properly refactor release remove removed removes rename return returns
  should show simplify some support supports test tests throw update updated updates work working works wrong`.split(
    /\s+/,
  ),
)

/**
 * Keywords and the plainest types of common languages. As a bare word in code they are grammar, not subject, so they are
 * not indexed there; in names (`importEdges`), comments and documents they are.
 */
export const codeKeywords: ReadonlySet<string> = new Set(
  `abstract and as assert async auto await begin bool boolean break byte case catch char class const constexpr continue
  def default defer defmodule defp del delete do done double dyn echo elif else elsif end ensure enum esac except export
  extends extern false fi final finally float fn for foreach from fun func function global go goto if impl implements
  import in include inline instanceof int interface is isset lambda let local long loop match mod module mut namespace new
  nil none nonlocal not null nullptr number object of operator or override package pass private protected protocol pub
  public raise readonly ref require rescue return self short signed sizeof static std str string struct super switch
  template then this throw throws trait true try type typedef typeof typename undefined union unless unsafe unsigned
  until use using val var virtual void volatile when where while with yield`.split(/\s+/),
)
